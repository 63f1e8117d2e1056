// SPDX-License-Identifier: Apache-2.0
//
// The user of a sign-in, simulated by the test.
//
// Threads: those of a SignInUi. Read the members when the sign-in has returned.

#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/sign_in_ui.h>

#include "practice/server/options.h"

namespace pintle::test {

/// Enters the credentials of the practice gateway's user, pastes nothing and has no browser. Set a
/// function to do something else.
class ScriptedUser : public SignInUi {
 public:
  /// The right user name or password.
  static Secret right_answer(const Question& question) {
    return Secret(question.secret ? practice::kPassword : practice::kUser);
  }

  void show_message(std::string_view text) override {
    messages += std::string(text) + "\n";
    if (on_message) on_message();
  }
  Secret ask(const Question& question, std::stop_token cancel) override {
    asked.push_back(question.key + (question.secret ? " (secret)" : ""));
    return on_ask ? on_ask(question, cancel) : right_answer(question);
  }
  std::optional<Secret> read_pasted(std::string_view why, std::stop_token cancel) override {
    messages += std::string(why) + "\n";
    if (on_paste) return on_paste(cancel);
    return std::nullopt;
  }
  void open_browser(std::string_view url, std::stop_token) override {
    opened.emplace_back(url);
    if (on_open) on_open(std::string(url));
  }

  /// Returns the first address that was shown, which is on its own line.
  std::string address() const {
    const auto at = messages.find("http");
    return messages.substr(at, messages.find('\n', at) - at);
  }

  std::string messages;
  std::vector<std::string> asked;
  std::vector<std::string> opened;
  std::function<void()> on_message;
  std::function<Secret(const Question&, std::stop_token)> on_ask;
  std::function<std::optional<Secret>(std::stop_token)> on_paste;
  std::function<void(const std::string&)> on_open;
};

/// A user who is not there: a question fails the sign-in.
inline ScriptedUser absent_user() {
  ScriptedUser user;
  user.on_ask = [](const Question& question, const std::stop_token&) -> Secret {
    throw Error(Layer::config, "nobody can be asked for the " + question.key);
  };
  return user;
}

}  // namespace pintle::test
