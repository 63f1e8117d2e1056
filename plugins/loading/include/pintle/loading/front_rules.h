// SPDX-License-Identifier: Apache-2.0
//
// The rules of a front in its manifest: which responses show that it, and not the gateway,
// answered.
//
// Threads: values and pure functions.

/// @file
/// @snippet reference/loading.cpp front_rules

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>

namespace pintle::loading {

/// A kind of response. Each member that is set must match.
struct FrontAnswer {
  std::vector<int> statuses{};  ///< Any of them; empty: any status.
  std::string header_name{};    ///< A field of the response, whose value begins with the prefix.
  std::string header_prefix{};  ///< In any case; empty: any value.
  /// The redirect leads to this host or one below it; "*": to any other origin than the gateway's.
  std::string redirect_host{};
  std::string body{};  ///< Somewhere in the first 64 KiB, in any case.

  friend bool operator==(const FrontAnswer&, const FrontAnswer&) = default;
};

struct FrontRules {
  std::vector<FrontAnswer> answers{};  ///< Any of them; empty: it is used only if it is named.

  /// Returns true if the response is the front's.
  bool match(const HttpResponse& response, const GatewayUrl& gateway) const;
  /// Returns true if the response may be: its body is not there yet.
  bool may_match(const HttpResponse& head, const GatewayUrl& gateway) const;

  friend bool operator==(const FrontRules&, const FrontRules&) = default;
};

/// Parses the member "front" of a scheme. Throws Error(plugin) with the reason if it is invalid: an
/// unknown member, an answer without any, a number out of range.
FrontRules parse_front_rules(std::string_view json);

std::string to_json(const FrontRules& rules);

}  // namespace pintle::loading
