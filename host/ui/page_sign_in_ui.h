// SPDX-License-Identifier: Apache-2.0
//
// The user of a sign-in at the page: what is asked goes to the page as events, what is answered
// comes with a request of its own.
//
// Threads: the functions of SignInUi from the sign-in's; `give` and `give_pasted` from any.

#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/sign_in_ui.h>

#include "base/mutex.h"
#include "ui/event_stream.h"

namespace pintle::ui {

class PageSignInUi final : public SignInUi {
 public:
  /// `events` must outlive this.
  explicit PageSignInUi(EventStream& events) : events_(events) {}

  void show_message(std::string_view text) override;
  Secret ask(const Question& question, std::stop_token cancel) override PINTLE_EXCLUDES(mutex_);
  std::optional<Secret> read_pasted(std::string_view why, std::stop_token cancel) override
      PINTLE_EXCLUDES(mutex_);
  /// The page opens it: the user's browser is there already.
  void open_browser(std::string_view url, std::stop_token cancel) override;

  /// An answer to a question, which may be asked only later; an empty key is a pasted address.
  void give(const std::string& key, Secret value) PINTLE_EXCLUDES(mutex_);
  /// What was asked for and given last, by its keys: for the gateway, or for its front.
  struct Typed {
    std::map<std::string, Secret> secrets;
    std::map<std::string, std::string> settings;  ///< What is no secret.
  };
  Typed take_typed(bool front) PINTLE_EXCLUDES(mutex_);

 private:
  EventStream& events_;
  Mutex mutex_;
  Condition given_;
  std::map<std::string, Secret> answers_ PINTLE_GUARDED_BY(mutex_);
  std::map<bool, Typed> typed_ PINTLE_GUARDED_BY(mutex_);  // by Question::front
  bool asks_for_front_ PINTLE_GUARDED_BY(mutex_) = false;
  std::optional<Secret> pasted_ PINTLE_GUARDED_BY(mutex_);
  bool has_asked_for_paste_ = false;
};

/// The sign-ins of all tabs, by their ids.
class SignIns {
 public:
  /// Returns the id, which is random.
  std::string add(std::shared_ptr<PageSignInUi> ui) PINTLE_EXCLUDES(mutex_);
  void remove(const std::string& id) PINTLE_EXCLUDES(mutex_);
  /// Null if it has ended.
  std::shared_ptr<PageSignInUi> find(const std::string& id) const PINTLE_EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<PageSignInUi>> running_ PINTLE_GUARDED_BY(mutex_);
};

}  // namespace pintle::ui
