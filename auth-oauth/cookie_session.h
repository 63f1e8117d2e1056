// SPDX-License-Identifier: Apache-2.0
//
// A session in cookies: the gateway's pair and its hint, and no other cookie that the gateway or an
// intermediary may set (gateway-contract 3).
//
// Threads: a value; guard it like any other. Time is Unix milliseconds.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <pintle/core/gateway/session_cookies.h>
#include <pintle/core/http/cookie_jar.h>

namespace pintle::oauth {

/// Returns which of the gateway's cookies has that name, with or without __Host- or __Secure-;
/// nothing if none has.
std::optional<SessionCookie> session_cookie(std::string_view name) noexcept;

/// Returns what the user can do about a session cookie that was refused for that reason; not set:
/// the gateway did not set the cookie.
std::string advice_for(std::optional<CookieVerdict> refused);

class CookieSession {
 public:
  explicit CookieSession(GatewayUrl gateway) : jar_(std::move(gateway)) {}
  /// Throws Error(store) as CookieJar::from_bytes does.
  static CookieSession from_bytes(std::string_view bytes, const GatewayUrl& gateway);
  Secret to_bytes() const { return jar_.to_bytes(); }

  enum class Deletions { honour, ignore };
  struct Taken {
    bool changed = false;  ///< Write it to the store.
    bool pair = false;     ///< An access or a refresh cookie was replaced or removed.
    bool refresh = false;  ///< The refresh cookie was.
    /// Why an access or a refresh cookie was refused, if none replaced it.
    std::optional<CookieVerdict> refused{};
  };
  /// Processes the Set-Cookie fields of one response. A cookie replaces one stored under another of
  /// its names: else both would be sent, and reuse of the older one can end the session.
  Taken take(std::span<const std::string_view> fields, Deletions deletions, std::int64_t now_ms);

  /// Adds a cookie from a browser, without its attributes; `expires_ms` 0: a session cookie.
  Taken take_bare(std::string_view name, std::string_view value, std::int64_t expires_ms,
                  std::int64_t now_ms);

  /// Returns true if there is an unexpired access or refresh cookie.
  bool is_alive(std::int64_t now_ms) const noexcept { return has_session(jar_, now_ms); }
  bool has(SessionCookie which, std::int64_t now_ms) const noexcept {
    return find_session_cookie(jar_, which, now_ms) != nullptr;
  }
  /// Returns when to ask the gateway for a fresh pair; `now_ms` if only the refresh cookie is
  /// unexpired, 0 if there is nothing to renew.
  std::int64_t renew_at_ms(std::int64_t now_ms) const noexcept;
  /// Returns when the access cookie expires; 0: never.
  std::int64_t access_expires_ms() const noexcept;
  /// Returns when the refresh cookie expires; 0: never.
  std::int64_t refresh_expires_ms() const noexcept;

  /// Returns the value of the Cookie field for a target below the gateway's prefix; empty if none.
  Secret header(std::string_view target, std::int64_t now_ms) const;
  template <class Use>
  void for_each_value(const Use& use) const {
    for (const auto& cookie : jar_.cookies()) use(cookie.value.reveal());
  }
  /// The same without the refresh cookie, which only one request at a time may send: the gateway
  /// may have ended the access token early, and then every request that carries a refresh token
  /// uses it. Many providers end a session whose refresh token is used twice.
  Secret access_header(std::string_view target, std::int64_t now_ms) const;
  /// The same without the access cookie: the gateway then issues a fresh pair at once.
  Secret renewal_header(std::string_view target, std::int64_t now_ms) const;

  /// Returns true if a response deletes an access or a refresh cookie.
  static bool is_deleted_by(std::span<const std::string_view> fields, std::int64_t now_ms);

 private:
  Secret header(std::string_view target, std::int64_t now_ms,
                bool (*is_left_out)(const Cookie&)) const;
  bool remove(std::string_view name, std::string_view path, bool secure, std::int64_t now_ms);
  /// Removes every cookie of that kind except the named one.
  void keep_only(SessionCookie which, std::string_view name, std::string_view path,
                 std::int64_t now_ms);

  CookieJar jar_;
};

}  // namespace pintle::oauth
