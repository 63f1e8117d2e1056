// SPDX-License-Identifier: Apache-2.0
//
// Asks a gateway by all profiles at once which of them it is.
//
// Threads: any. Uses threads of its own, which end before it returns.

#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <pintle/core/gateway/profile.h>
#include <pintle/probe_cache.h>

#include "net/transport.h"

namespace pintle {

/// Sends each request of `profiles` once, below `prefix` and without a credential, and returns the
/// answer that one of them recognizes: the one with most rules, then the first. A request that is
/// not answered recognizes nothing. Throws Error(tcp) on a cancel, and Error(protocol) if the only
/// profile that recognizes an answer cannot read it.
std::optional<ProbeAnswers> search_by_profiles(net::Transport& transport, std::string_view prefix,
                                               const std::vector<const GatewayProfile*>& profiles,
                                               const net::ExchangeLimits& limits);

/// Reads answers that `profile` recognized. Throws Error(protocol) if it does not recognize them
/// any more: it was changed.
Probe read_by_profile(const GatewayProfile& profile, const ProbeAnswers& answers);

}  // namespace pintle
