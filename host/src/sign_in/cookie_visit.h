// SPDX-License-Identifier: Apache-2.0
//
// A visit in a browser window of Pintle's own, which ends when the gateway has set its cookies: for
// gateways that know no other way to hand a session to a program (gateway-contract 4).
//
// Threads: one; `cancel` may be stopped from any.

#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include <pintle/core/base/secret.h>
#include <pintle/settings.h>
#include <pintle/sign_in_ui.h>

#include "sign_in/human_wait.h"

namespace pintle {

struct CookieVisit {
  std::string url;                   ///< As the scheme gave it (see visit_url).
  std::vector<std::string> names{};  ///< Any one of them ends the visit.
  /// Where the window's profile lies while it is open; empty: the system's temporary folder.
  std::filesystem::path state_folder{};
  bool headless = false;  ///< For tests: there is nobody to show it to.
};

struct VisitCookie {
  std::string name;
  Secret value;
  std::int64_t expires_ms = 0;  ///< Unix time; 0: with the browser's session.
};

/// Tells the user the URL, shows it in a window, waits, and gives those of the gateway's cookies
/// that were named. Throws Error(plugin) for a URL that cannot be; Error(config) where there is no
/// browser, or no screen; Error(gate) where the user closed the window, the time is over or it
/// was cancelled.
std::vector<VisitCookie> make_visit(const CookieVisit& visit, const ConnectionSettings& settings,
                                    SignInUi& ui, const HumanWait& limit,
                                    const std::stop_token& cancel);

}  // namespace pintle
