// SPDX-License-Identifier: Apache-2.0
//
// The user of a sign-in, as a C app's callbacks have them.
//
// Threads: those of a SignInUi.

#pragma once

#include <optional>
#include <stop_token>
#include <string_view>

#include <pintle/core/base/secret.h>
#include <pintle/pintle.h>
#include <pintle/sign_in_ui.h>

namespace pintle::c_api {

class CallbackUi final : public SignInUi {
 public:
  /// Null: nobody is asked, and no browser is opened. Throws Error(config) if it has no size.
  explicit CallbackUi(const pintle_sign_in_ui* given);

  void show_message(std::string_view text) override;
  Secret ask(const Question& question, std::stop_token cancel) override;
  std::optional<Secret> read_pasted(std::string_view why, std::stop_token cancel) override;
  void open_browser(std::string_view url, std::stop_token cancel) override;

 private:
  bool is_there_;
  pintle_sign_in_ui given_;
};

}  // namespace pintle::c_api
