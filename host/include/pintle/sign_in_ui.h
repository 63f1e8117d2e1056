// SPDX-License-Identifier: Apache-2.0
//
// The callbacks by which a sign-in informs and asks the user.
//
// An app implements it; the program `pintle` does so for a terminal. Threads: a SignInUi is called
// by one thread at a time, but not always by the one that called `sign_in`: while a browser is
// waited for, its calls come from a thread of the sign-in's own.

/// @file
/// @snippet reference/host.cpp sign_in_ui

#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle {

/// An input to ask the user for.
struct Question {
  std::string key;    ///< The scheme's name for it: "password".
  std::string label;  ///< For display: "Password".
  bool secret = true;
  bool front = false;  ///< It is for what stands in front of the gateway.
};

class SignInUi {
 public:
  virtual ~SignInUi() = default;

  /// Shows a text of one or more lines. It has no control characters except line breaks.
  virtual void show_message(std::string_view text) = 0;

  /// Asks for one line and blocks until it is entered. Throws an Error if the user cannot be asked
  /// or declines, and soon after `cancel` is requested.
  virtual Secret ask(const Question& question, std::stop_token cancel) = 0;

  /// Shows `why` and blocks until the user pastes a line, which is optional: the address that a
  /// browser on another machine could not open. Returns nothing soon after `cancel` is requested,
  /// or at once if nothing can be pasted (then without showing `why`). The sign-in keeps waiting
  /// for the browser if it has opened one; with the method "paste" it fails.
  virtual std::optional<Secret> read_pasted(std::string_view why, std::stop_token cancel) = 0;

  /// Opens an http(s) URL in the user's browser on this machine, and returns without waiting for
  /// the visit. The URL is that of a loopback page which redirects only this user's browser to the
  /// gateway, because the command line of a browser is visible to every user of the machine.
  /// `show_message` has shown the gateway's own address before. Throws an Error if the browser
  /// cannot be opened. The default opens the system's browser.
  virtual void open_browser(std::string_view url, std::stop_token cancel);
};

}  // namespace pintle
