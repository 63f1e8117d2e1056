// SPDX-License-Identifier: Apache-2.0
//
// The names and attributes of the gateway's cookies (gateway-contract 3).
//
// Threads: values.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/http/headers.h>

#include "practice/server/message.h"
#include "practice/server/options.h"

namespace pintle::practice {

inline constexpr std::string_view kAccessCookie = "hermes_session_at";
inline constexpr std::string_view kRefreshCookie = "hermes_session_rt";
inline constexpr std::string_view kProviderCookie = "hermes_session_provider";
inline constexpr std::string_view kSignInCookie = "hermes_session_pkce";

/// The cookies of a request, with their values as received.
class RequestCookies {
 public:
  explicit RequestCookies(const Request& request);

  /// Returns the value of `bare` under any of its three names, the prefixed ones first.
  std::optional<std::string> find(std::string_view bare) const;

 private:
  std::vector<std::pair<std::string, std::string>> cookies_;
};

/// Writes and parses the cookies of one gateway.
class SessionCookies {
 public:
  explicit SessionCookies(const Options& options)
      : https_(options.believes_https.value_or(options.tls)),
        prefix_(options.prefix),
        quoted_(options.quoted_cookies),
        shortest_ms_(options.lifetimes.shortest_cookie_ms) {}

  /// `__Host-` over https at "/", `__Secure-` over https under a prefix, bare over http.
  std::string name_of(std::string_view bare) const;
  /// Adds a Set-Cookie with a lifetime of `life_ms`, but at least that of the options, in whole
  /// seconds.
  void set(Headers& headers, std::string_view bare, std::string_view value,
           std::int64_t life_ms) const;
  /// Adds a deletion of every variant of the session's cookies.
  void clear_session(Headers& headers) const;
  void clear(Headers& headers, std::string_view bare) const;

  /// Returns the value that was set, or nothing. A gateway that quotes its values accepts only what
  /// it set, quotes included: this detects a client that strips them.
  std::optional<std::string> read(const RequestCookies& cookies, std::string_view bare) const;

 private:
  std::string attributes(bool cross_site, bool secure) const;

  bool https_;
  std::string prefix_;
  bool quoted_;
  std::int64_t shortest_ms_;
};

}  // namespace pintle::practice
