// SPDX-License-Identifier: Apache-2.0
//
// The user at the app: what a sign-in tells them, and what it asks them for.
//
// An app implements it; the program `pintle` does so for a terminal. Threads: a SignInUi is called
// by one thread at a time, but not always by the one that called `sign_in`: while a browser is
// waited for, its calls come from a thread of the sign-in's own.

#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle {

/// One thing to ask for.
struct Question {
  std::string key;    ///< The scheme's name for it: "password".
  std::string label;  ///< For display: "Password".
  bool secret = true;
};

class SignInUi {
 public:
  virtual ~SignInUi() = default;

  /// Shows a text of one or more lines; it holds no control character but line breaks.
  virtual void tell(std::string_view text) = 0;

  /// Asks for one line and waits for it. Throws an Error where nobody can be asked, where the
  /// user declines, and soon after `cancel` was requested.
  virtual Secret ask(const Question& question, std::stop_token cancel) = 0;

  /// Shows `why` and waits for a line that the user pastes in, if they like: the address that a
  /// browser on another machine could not reach. Nothing where there will be none: soon after
  /// `cancel` was requested, or where nothing can be pasted (then `why` is not shown either). The
  /// wait for the browser goes on without it.
  virtual std::optional<Secret> read_pasted(std::string_view why, std::stop_token cancel) = 0;

  /// Opens an http(s) URL in the user's browser, on this machine, and returns without waiting for
  /// the visit. It is that of a page of the sign-in's own on loopback, which leads the browser of
  /// this user to the gateway: a browser's command line can be read by every user of the machine.
  /// The user was told the gateway's own address before. Throws an Error if it cannot be
  /// opened. As it is: the system's own browser.
  virtual void open_browser(std::string_view url, std::stop_token cancel);
};

}  // namespace pintle
