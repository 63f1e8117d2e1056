// SPDX-License-Identifier: Apache-2.0
//
// The cookies of one gateway: stores what it sets, builds the Cookie field (RFC 6265 5.3 and 5.4).
//
// Threads: a value; guard it like any other. Time is Unix milliseconds.

/// @file
/// @snippet reference/http.cpp cookie_jar

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/base/secret.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/cookie.h>
#include <pintle/core/http/headers.h>

namespace pintle {

/// The outcome of one Set-Cookie field.
enum class CookieVerdict {
  stored,          ///< New or changed.
  unchanged,       ///< Identical to the stored one; or the deletion of a cookie that is not stored.
  deleted,         ///< Already expired when received; the stored one was removed.
  unreadable,      ///< No name, no "=", or a control character.
  too_large,       ///< Longer than kMaxCookieBytes, or than the jar's capacity.
  foreign_domain,  ///< For a domain that is not exactly the gateway's host.
  not_secure,      ///< Secure, over plain http that is not loopback.
  broken_promise,  ///< Named __Host- or __Secure-, and breaks the prefix's rules.
};

/// "stored", "foreign domain".
std::string_view name_of(CookieVerdict verdict) noexcept;

/// A jar belongs to one gateway, so a cookie is never sent to another. There is no public suffix
/// list: a Domain wider than the gateway's host is refused.
class CookieJar {
 public:
  static constexpr std::size_t kMaxCookies = 50;
  /// The maximum size of all names and values together: it must fit into a request's header.
  static constexpr std::size_t kMaxBytes = 64 * 1024;

  explicit CookieJar(GatewayUrl gateway) : gateway_(std::move(gateway)) {}

  const GatewayUrl& gateway() const noexcept { return gateway_; }

  /// Processes one Set-Cookie field of a response to `request_path` (as on the wire, prefix
  /// included). If the jar is full, removes expired cookies first, then the oldest.
  CookieVerdict set(std::string_view field, std::string_view request_path, std::int64_t now_ms);

  /// Processes every Set-Cookie field of a response. Returns true if the jar changed: write it to
  /// the store before the next request (any gated response may rotate the session).
  bool set_all(const Headers& headers, std::string_view request_path, std::int64_t now_ms);

  /// Returns the value of the Cookie field for a request to `request_path`: longer paths first,
  /// then older cookies, without those that `is_left_out`. Empty if there is none to send.
  Secret header(std::string_view request_path, std::int64_t now_ms,
                bool (*is_left_out)(const Cookie&) = nullptr) const;

  /// Returns the unexpired cookie of that name; of several, the one set last. Valid until the jar
  /// changes.
  const Cookie* find(std::string_view name, std::int64_t now_ms) const noexcept;

  /// Includes expired ones.
  const std::vector<Cookie>& cookies() const noexcept { return cookies_; }
  bool empty() const noexcept { return cookies_.empty(); }
  void clear() noexcept { cookies_.clear(); }
  /// Removes expired cookies. Returns true if there were any.
  bool remove_expired(std::int64_t now_ms);
  CookieJar clone() const;

  /// Serializes the jar for a store: JSON with a version; only the values are secret.
  Secret to_bytes() const;
  /// Throws Error(store) if the bytes are not a jar, or belong to another origin than `gateway`'s.
  /// Validates every cookie again.
  static CookieJar from_bytes(std::string_view bytes, const GatewayUrl& gateway);

  /// Returns one line per cookie, without the values.
  std::string describe() const;

 private:
  bool accepts_secure() const noexcept { return gateway_.secure() || gateway_.is_loopback(); }
  CookieVerdict verdict_on(const SetCookie& set_cookie) const;
  CookieVerdict put(Cookie cookie, std::int64_t now_ms);
  bool fits(const Cookie& cookie, std::int64_t now_ms) const noexcept;
  void evict_if_full(std::int64_t now_ms);

  GatewayUrl gateway_;
  std::vector<Cookie> cookies_;  ///< In the order of their first arrival.
};

}  // namespace pintle
