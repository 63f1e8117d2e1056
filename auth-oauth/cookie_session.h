// SPDX-License-Identifier: Apache-2.0
//
// A session that lives in cookies: the gateway's pair and its hint, and nothing else that it or
// somebody on the way may set (gateway-contract 3).
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

/// Which of the gateway's cookies has that name, be it bare, __Host- or __Secure-; nothing where
/// none has.
std::optional<SessionCookie> session_cookie(std::string_view name) noexcept;

/// What a user can do about a session cookie that cannot be kept for that reason; none: that was
/// not set at all.
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
    bool pair = false;     ///< An access or a refresh cookie is another one now, or gone.
    bool refresh = false;  ///< The refresh cookie is.
    /// Why an access or a refresh cookie could not be kept, if none took its place.
    std::optional<CookieVerdict> refused{};
  };
  /// Takes in the Set-Cookie fields of one answer. What is set under one of a cookie's names stands
  /// in the place of what was held under another: two of them would both be sent, and the older
  /// one, used again, can end the session.
  Taken take(std::span<const std::string_view> fields, Deletions deletions, std::int64_t now_ms);

  /// Takes in a cookie that a browser gave without its attributes; `expires_ms` 0: it lapses with
  /// the browser's session.
  Taken take_bare(std::string_view name, std::string_view value, std::int64_t expires_ms,
                  std::int64_t now_ms);

  /// True where an access or a refresh cookie lives.
  bool is_alive(std::int64_t now_ms) const noexcept { return has_session(jar_, now_ms); }
  bool has(SessionCookie which, std::int64_t now_ms) const noexcept {
    return find_session_cookie(jar_, which, now_ms) != nullptr;
  }
  /// When the gateway is to be asked for a fresh pair; `now_ms` where only a refresh cookie lives,
  /// 0 where nothing could be asked for.
  std::int64_t renew_at_ms(std::int64_t now_ms) const noexcept;
  /// When the access cookie lapses; 0: none does.
  std::int64_t access_expires_ms() const noexcept;
  /// When the refresh cookie lapses; 0: none does.
  std::int64_t refresh_expires_ms() const noexcept;

  /// The value of the Cookie field for a target below the gateway's prefix; empty for none.
  Secret header(std::string_view target, std::int64_t now_ms) const;
  template <class Use>
  void for_each_value(const Use& use) const {
    for (const auto& cookie : jar_.cookies()) use(cookie.value.reveal());
  }
  /// The same without the refresh cookie, which is sent by one request at a time and no other: the
  /// gateway may have ended the access token early, and then every request that carries a refresh
  /// token uses it. Many providers end a session whose refresh token is used twice.
  Secret access_header(std::string_view target, std::int64_t now_ms) const;
  /// The same without the access cookie: the gateway then makes a fresh pair at once.
  Secret renewal_header(std::string_view target, std::int64_t now_ms) const;

  /// True where an answer deletes an access or a refresh cookie.
  static bool is_deleted_by(std::span<const std::string_view> fields, std::int64_t now_ms);

 private:
  Secret header(std::string_view target, std::int64_t now_ms,
                bool (*is_left_out)(const Cookie&)) const;
  bool remove(std::string_view name, std::string_view path, bool secure, std::int64_t now_ms);
  /// Removes every cookie of that kind but the one named.
  void keep_only(SessionCookie which, std::string_view name, std::string_view path,
                 std::int64_t now_ms);

  CookieJar jar_;
};

}  // namespace pintle::oauth
