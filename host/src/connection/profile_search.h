// SPDX-License-Identifier: Apache-2.0
//
// Asks a gateway by all profiles at once which of them it is.
//
// Threads: any. Uses threads of its own, which end before it returns.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/gateway/profile.h>
#include <pintle/probe_cache.h>

#include "net/transport.h"

namespace pintle {

struct ProfileSearch {
  /// The answer that a profile recognizes: the one with most rules, then the first.
  std::optional<ProbeAnswers> found{};

  /// If there is none: why a request was not answered, one that can help later before others.
  std::optional<Error> failure{};
  /// If there is none and a request was answered: the answer that says most about why.
  /// `read_by_profile` throws its error.
  ProbeAnswers refused{};
  /// True if that answer says that it may be another later: 429, or a failure of a proxy.
  bool is_refused_for_now = false;
  /// If there is none: what each profile got, for the hint of an error: "notes (GET /hello: HTTP
  /// 404), …".
  std::string asked{};
};

/// Sends each request of `profiles` once, below the path of `url` and without a credential. Blocks
/// for up to `limits.total`, however many there are. Throws Error(tcp) on a cancel, and
/// Error(protocol) if the only profile that recognizes an answer cannot read it.
ProfileSearch search_by_profiles(net::Transport& transport, const GatewayUrl& url,
                                 const std::vector<const GatewayProfile*>& profiles,
                                 const net::ExchangeLimits& limits);

/// Reads the answers of a gateway of `profile`. If it does not recognize them, throws the Error of
/// whoever answered instead, see classify_response(), or Error(protocol) if that says nothing more.
Probe read_by_profile(const GatewayProfile& profile, const ProbeAnswers& answers,
                      const GatewayUrl& url);

}  // namespace pintle
