// SPDX-License-Identifier: Apache-2.0
//
// What needs a credential: sessions, who am I, the ticket, and an echo for practice.
//
// Threads: free functions, any thread.

#pragma once

#include <optional>

#include "practice/gates/gate_rules.h"
#include "practice/server/message.h"
#include "practice/state/gateway_state.h"

namespace pintle::practice {

/// The answer to a request that was let in; a 404 where there is no such page.
HttpResponse answer_api(GatewayState& state, const Request& request, const SessionFacts& session);

/// The dashboard's one page, if the options serve it and the path may be a page's.
std::optional<HttpResponse> answer_page(const GatewayState& state, const Request& request);

}  // namespace pintle::practice
