// SPDX-License-Identifier: Apache-2.0
//
// The endpoints without a credential: status, health, providers (gateway-contract 2).
//
// Threads: free functions, any thread.

#pragma once

#include <optional>

#include "practice/server/message.h"
#include "practice/state/gateway_state.h"

namespace pintle::practice {

/// Returns the response, or nothing if the request is not for one of these.
std::optional<HttpResponse> answer_public(const GatewayState& state, const Request& request);

}  // namespace pintle::practice
