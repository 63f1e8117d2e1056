// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string_view>

#include <pintle/core/gateway/session_cookies.h>

namespace pintle {
namespace {

constexpr std::array<std::array<std::string_view, 3>, 4> kNames = {{
    {"__Host-hermes_session_at", "__Secure-hermes_session_at", "hermes_session_at"},
    {"__Host-hermes_session_rt", "__Secure-hermes_session_rt", "hermes_session_rt"},
    {"__Host-hermes_session_provider", "__Secure-hermes_session_provider",
     "hermes_session_provider"},
    {"__Host-hermes_session_pkce", "__Secure-hermes_session_pkce", "hermes_session_pkce"},
}};

}  // namespace

const Cookie* find_session_cookie(const CookieJar& jar, SessionCookie which,
                                  std::int64_t now_ms) noexcept {
  const Cookie* found = nullptr;
  for (const auto name : kNames[static_cast<std::size_t>(which)]) {
    const auto* cookie = jar.find(name, now_ms);
    if (cookie == nullptr) continue;
    if (found == nullptr || cookie->updated_ms > found->updated_ms) found = cookie;
  }
  return found;
}

bool has_session(const CookieJar& jar, std::int64_t now_ms) noexcept {
  return find_session_cookie(jar, SessionCookie::access, now_ms) != nullptr ||
         find_session_cookie(jar, SessionCookie::refresh, now_ms) != nullptr;
}

}  // namespace pintle
