// SPDX-License-Identifier: Apache-2.0
//
// Cookies (RFC 6265): parsed Set-Cookie fields, and the matching rules as pure functions.
//
// A cookie's value is a credential: it is stored in a Secret, and no text made here shows it.
// Threads: values and pure functions.

/// @file
/// @snippet reference/http.cpp cookie

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle {

/// The maximum size of a name and its value together, in bytes; a larger cookie is refused.
/// Browsers stop at 4096 (RFC 6265bis 5.6), but the access token of a user with many groups is
/// longer.
inline constexpr std::size_t kMaxCookieBytes = 32 * 1024;
/// The maximum size of an attribute's value, in bytes (RFC 6265bis 5.6); a longer attribute is
/// ignored.
inline constexpr std::size_t kMaxCookieAttributeBytes = 1024;

enum class SameSite { unset, none, lax, strict };

/// "", "none", "lax", "strict".
std::string_view name_of(SameSite same_site) noexcept;

/// A parsed Set-Cookie field, not validated yet (RFC 6265 5.2).
struct SetCookie {
  std::string name;
  Secret value;                            ///< Unchanged, double quotes included.
  std::optional<std::int64_t> expires_ms;  ///< Unix time.
  std::optional<std::int64_t> max_age_s;   ///< Wins over Expires; 0 or less deletes.
  std::string domain;                      ///< Lower case without the leading dot; "" for none.
  std::string path;                        ///< "" for the default path.
  bool secure = false;
  bool http_only = false;
  SameSite same_site = SameSite::unset;
};

/// Parses a Set-Cookie field. Returns nothing if the RFC ignores the whole field: no "=", no name,
/// a control character.
std::optional<SetCookie> parse_set_cookie(std::string_view field);

/// A cookie in a jar. Its domain is always the host of the jar's gateway.
struct Cookie {
  std::string name;
  Secret value;
  std::string path;
  bool host_only = true;
  bool secure = false;
  bool http_only = false;
  SameSite same_site = SameSite::unset;
  std::int64_t created_ms = 0;             ///< When the first one with that name and path was set.
  std::int64_t updated_ms = 0;             ///< When this value was set.
  std::optional<std::int64_t> expires_ms;  ///< Unix time; if not set, a session cookie.

  bool is_expired(std::int64_t now_ms) const noexcept {
    return expires_ms && *expires_ms <= now_ms;
  }
  Cookie clone() const;
  /// Returns "hermes_session_at (52 bytes); Path=/; Secure; HttpOnly; SameSite=lax", without the
  /// value.
  std::string describe() const;
};

/// Returns "session" for "session_1", "session.1" and "session-1": how a server names the parts of
/// a cookie that is too long for one.
std::string_view without_chunk(std::string_view name) noexcept;

/// Matches domains (RFC 6265 5.1.3); both in lower case. An IP address matches only itself.
bool domain_matches(std::string_view host, std::string_view domain) noexcept;

/// RFC 6265 5.1.4. A query in `request_path` is ignored.
std::string default_cookie_path(std::string_view request_path);
bool path_matches(std::string_view request_path, std::string_view cookie_path) noexcept;

/// Returns false if the name begins with __Secure- or __Host- (in any case) and the cookie breaks
/// that prefix's rules (RFC 6265bis 4.1.3). `path` is the Path attribute as received.
bool satisfies_name_prefix(std::string_view name, bool secure, bool host_only,
                           std::string_view path) noexcept;

}  // namespace pintle
