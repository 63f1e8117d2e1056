// SPDX-License-Identifier: Apache-2.0
//
// A visit in Pintle's own browser window, which ends when the gateway has set its cookies. For
// gateways that have no other way to pass a session to a program (gateway-contract 4).
//
// Threads: one; `cancel` may be stopped from any.

#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include <pintle/core/base/secret.h>
#include <pintle/settings.h>
#include <pintle/sign_in_ui.h>

#include "sign_in/human_wait.h"

namespace pintle {

struct CookieVisit {
  std::string url;                   ///< As the scheme returned it (see visit_url).
  std::vector<std::string> names{};  ///< Any one of them ends the visit.
  /// Set: ends the visit instead, as soon as it returns true for the Cookie field with which the
  /// window would call the gateway.
  std::function<bool(const Secret& cookies)> reaches_gateway{};
  /// A Cookie field that the window has from the beginning, for the gateway's host alone: that of
  /// what stands in front, where the user has signed in already. May be empty.
  Secret cookies{};
  /// Parent of the window's temporary profile; empty: the system's temporary folder.
  std::filesystem::path state_folder{};
  bool headless = false;  ///< For tests.
};

struct VisitCookie {
  std::string name;
  Secret value;
  std::int64_t expires_ms = 0;  ///< Unix time; 0: at the end of the browser's session.
};

/// Shows the URL in a window, blocks until the user is signed in, and returns the gateway's cookies
/// that have one of `names`; with `reaches_gateway` all of them, those of a parent domain included.
/// Throws Error(plugin) for an invalid URL, Error(config) if there is no
/// browser or no display, Error(gate) if the user closes the window, and on a timeout or cancel.
std::vector<VisitCookie> make_visit(const CookieVisit& visit, const ConnectionSettings& settings,
                                    SignInUi& ui, const HumanWait& limit,
                                    const std::stop_token& cancel);

}  // namespace pintle
