// SPDX-License-Identifier: Apache-2.0
//
// The cookies of one gateway: what it set, and what goes back to it (RFC 6265 5.3 and 5.4).
//
// Threads: a value; guard it like any other. Time is given as Unix milliseconds.

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

/// What became of one Set-Cookie field.
enum class CookieVerdict {
  stored,          ///< New, or with something new about it.
  unchanged,       ///< Held already, to the last attribute; or a deletion of what was not there.
  deleted,         ///< Had lapsed on arrival, and took the one that was there with it.
  unreadable,      ///< No name, no "=", or a control character.
  too_large,       ///< Longer than kLongestCookie, or than what the jar has room for.
  foreign_domain,  ///< For a domain that is not exactly the gateway's host.
  not_secure,      ///< Secure, over plain http that is not loopback.
  broken_promise,  ///< Named __Host- or __Secure-, and not what that promises.
};

/// "stored", "foreign domain".
std::string_view name_of(CookieVerdict verdict) noexcept;

/// A jar knows one gateway and is never asked on behalf of another, so a cookie can't stray. There
/// is no list of public suffixes: a Domain wider than the gateway's host is refused.
class CookieJar {
 public:
  static constexpr std::size_t kMaxCookies = 50;
  /// Names and values of all of them together: what a request's head may well hold.
  static constexpr std::size_t kMaxBytes = 64 * 1024;

  explicit CookieJar(GatewayUrl gateway) : gateway_(std::move(gateway)) {}

  const GatewayUrl& gateway() const noexcept { return gateway_; }

  /// Takes in one Set-Cookie field of an answer to `request_path` (as it stood on the wire, prefix
  /// included). Where the jar is full, what lapsed goes first, then what was set longest ago.
  CookieVerdict set(std::string_view field, std::string_view request_path, std::int64_t now_ms);

  /// Takes in every Set-Cookie of an answer. True where the jar is another one now: write it to the
  /// store before the next request (any gated answer may rotate the session).
  bool set_all(const Headers& headers, std::string_view request_path, std::int64_t now_ms);

  /// The value of the Cookie field for a request to `request_path`: longer paths first, then the
  /// older ones, and none that `is_left_out`. Empty where there is none to send.
  Secret header(std::string_view request_path, std::int64_t now_ms,
                bool (*is_left_out)(const Cookie&) = nullptr) const;

  /// The live cookie of that name; of several the one that was set last. Good until the jar
  /// changes.
  const Cookie* find(std::string_view name, std::int64_t now_ms) const noexcept;

  /// Lapsed ones included.
  const std::vector<Cookie>& cookies() const noexcept { return cookies_; }
  bool empty() const noexcept { return cookies_.empty(); }
  void clear() noexcept { cookies_.clear(); }
  /// Removes what has lapsed; true where there was something.
  bool remove_expired(std::int64_t now_ms);
  CookieJar clone() const;

  /// The jar for a store: JSON with a version, everything a user may read but the values.
  Secret to_bytes() const;
  /// Throws Error(store) where the bytes are not a jar's, or belong to another origin than
  /// `gateway`'s. Every cookie is checked anew.
  static CookieJar from_bytes(std::string_view bytes, const GatewayUrl& gateway);

  /// A line a cookie, without the values.
  std::string describe() const;

 private:
  bool takes_secure() const noexcept { return gateway_.secure() || gateway_.is_loopback(); }
  CookieVerdict verdict_on(const SetCookie& said) const;
  CookieVerdict put(Cookie cookie, std::int64_t now_ms);
  bool has_room_for(const Cookie& cookie, std::int64_t now_ms) const noexcept;
  void make_room(std::int64_t now_ms);

  GatewayUrl gateway_;
  std::vector<Cookie> cookies_;  ///< In the order in which they came first.
};

}  // namespace pintle
