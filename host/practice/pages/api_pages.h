// SPDX-License-Identifier: Apache-2.0
//
// The endpoints that require a credential: sessions, the user, the ticket, and an echo for
// practice.
//
// Threads: free functions, any thread.

#pragma once

#include <optional>

#include "practice/gates/gate_rules.h"
#include "practice/server/message.h"
#include "practice/state/gateway_state.h"

namespace pintle::practice {

/// Returns the response to an accepted request; a 404 if there is no such page.
HttpResponse answer_api(GatewayState& state, const Request& request, const SessionFacts& session);

/// Returns the dashboard's only page, if the options enable it and the path may be a page's.
std::optional<HttpResponse> answer_page(const GatewayState& state, const Request& request);

}  // namespace pintle::practice
