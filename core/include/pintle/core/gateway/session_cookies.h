// SPDX-License-Identifier: Apache-2.0
//
// The gateway's own cookies, under any of their names (gateway-contract 3).
//
// Threads: pure functions.

/// @file
/// @snippet reference/gateway.cpp session_cookies

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <pintle/core/http/cookie_jar.h>
#include <pintle/core/text/ascii.h>

namespace pintle {

enum class SessionCookie {
  access,    ///< hermes_session_at
  refresh,   ///< hermes_session_rt
  provider,  ///< hermes_session_provider
  pkce,      ///< hermes_session_pkce
};

/// Returns the unexpired cookie under its bare, __Host- or __Secure- name, for http and https: a
/// gateway behind a terminator that it does not trust sets bare names over https. Of several,
/// returns the one set last. Valid until the jar changes.
const Cookie* find_session_cookie(const CookieJar& jar, SessionCookie which,
                                  std::int64_t now_ms) noexcept;

/// Returns true for the name of one of them, in any case.
constexpr bool is_session_cookie(std::string_view name) noexcept {
  for (const std::string_view prefix : {"__Host-", "__Secure-"}) {
    if (ascii::starts_with(name, prefix)) name.remove_prefix(prefix.size());
  }
  return ascii::starts_with(name, "hermes_session");
}

/// Returns true if there is an unexpired access or refresh cookie: the refresh cookie alone is a
/// live session.
bool has_session(const CookieJar& jar, std::int64_t now_ms) noexcept;

}  // namespace pintle
