// SPDX-License-Identifier: Apache-2.0
//
// Cookies as RFC 6265 has them: what a Set-Cookie says, and the matching rules as pure functions.
//
// A cookie's value is a credential: it lives in a Secret, and no text made here shows it.
// Threads: values and pure functions.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle {

/// Bytes of a name and its value together. A browser stops at 4096 (RFC 6265bis 5.6), and an access
/// token of a user with many groups is longer; a native client need not lose it. More is refused.
inline constexpr std::size_t kLongestCookie = 32 * 1024;
/// Bytes of one attribute's value (RFC 6265bis 5.6); a longer attribute is ignored.
inline constexpr std::size_t kLongestCookieAttribute = 1024;

enum class SameSite { unset, none, lax, strict };

/// "", "none", "lax", "strict".
std::string_view name_of(SameSite same_site) noexcept;

/// What one Set-Cookie field says, not checked yet (RFC 6265 5.2).
struct SetCookie {
  std::string name;
  Secret value;                            ///< As it came, double quotes included.
  std::optional<std::int64_t> expires_ms;  ///< Unix time.
  std::optional<std::int64_t> max_age_s;   ///< Wins over Expires; 0 or less deletes.
  std::string domain;                      ///< Lower case without the leading dot; "" for none.
  std::string path;                        ///< "" where the default path is meant.
  bool secure = false;
  bool http_only = false;
  SameSite same_site = SameSite::unset;
};

/// Nothing where the RFC says that the whole field is to be ignored: no "=", no name, a control
/// character.
std::optional<SetCookie> parse_set_cookie(std::string_view field);

/// A cookie that a jar holds. Its domain is the host of the jar's gateway, always.
struct Cookie {
  std::string name;
  Secret value;
  std::string path;
  bool host_only = true;
  bool secure = false;
  bool http_only = false;
  SameSite same_site = SameSite::unset;
  std::int64_t created_ms = 0;             ///< When the first of that name and path came.
  std::int64_t updated_ms = 0;             ///< When this value came.
  std::optional<std::int64_t> expires_ms;  ///< Unix time; none: as long as the session.

  bool is_expired(std::int64_t now_ms) const noexcept {
    return expires_ms && *expires_ms <= now_ms;
  }
  Cookie clone() const;
  /// "hermes_session_at (52 bytes); Path=/; Secure; HttpOnly; SameSite=lax", without the value.
  std::string describe() const;
};

/// RFC 6265 5.1.3; both in lower case. An IP address matches itself alone.
bool domain_matches(std::string_view host, std::string_view domain) noexcept;

/// RFC 6265 5.1.4. A query in `request_path` is left aside.
std::string default_cookie_path(std::string_view request_path);
bool path_matches(std::string_view request_path, std::string_view cookie_path) noexcept;

/// True unless the name begins with __Secure- or __Host- (in any case) and the cookie is not what
/// that promises (RFC 6265bis 4.1.3). `path` is the Path attribute as it was given.
bool keeps_prefix_promise(std::string_view name, bool secure, bool host_only,
                          std::string_view path) noexcept;

}  // namespace pintle
