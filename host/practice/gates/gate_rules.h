// SPDX-License-Identifier: Apache-2.0
//
// Decides which requests are accepted: one class for each of the gateway's gates (gateway-contract
// 1, 3 and 5).
//
// Threads: called from every connection's thread.

#pragma once

#include <memory>
#include <optional>

#include "practice/server/message.h"
#include "practice/state/gateway_state.h"

namespace pintle::practice {

struct Admission {
  /// Set if the request is refused.
  std::optional<HttpResponse> refusal;
  /// Sent with the response whatever its status: a rotated pair, or the deletion of an ended one.
  Headers cookies;
  /// Empty if there are no sessions (the token gate).
  SessionFacts session;
};

class GateRules {
 public:
  virtual ~GateRules() = default;
  virtual Admission admit(const Request& request) = 0;
  /// Checks the credential of a WebSocket upgrade; consumes a ticket.
  virtual bool admit_upgrade(const Request& request) = 0;
};

std::unique_ptr<GateRules> make_gate(GatewayState& state);

}  // namespace pintle::practice
