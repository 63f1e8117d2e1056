// SPDX-License-Identifier: Apache-2.0
//
// A gate that the gateway's contract does not know: a key in X-Api-Key, for REST and the upgrade.
//
// For schemes that are not Pintle's own: its status lists the flow "api_key", so that one fits by
// its rules and no bundled one is better.

#pragma once

#include "practice/gates/gate_rules.h"

namespace pintle::practice {

class ApiKeyGate : public GateRules {
 public:
  explicit ApiKeyGate(GatewayState& state) : state_(state) {}
  Admission admit(const Request& request) override;
  bool admit_upgrade(const Request& request) override;

 private:
  GatewayState& state_;
};

}  // namespace pintle::practice
