// SPDX-License-Identifier: Apache-2.0
//
// A gate that is not in the gateway contract: a key in X-Api-Key, for REST and the upgrade.
//
// For schemes that are not Pintle's own: its status lists the flow "api_key", so that such a scheme
// fits by its rules and no bundled one does better.

#pragma once

#include "practice/gates/gate_rules.h"

namespace pintle::practice {

class ApiKeyGate : public GateRules {
 public:
  explicit ApiKeyGate(GatewayState& state) : state_(state) {}
  Admission admit(const Request& request) override;
  bool admit_upgrade(const Request& request) override;

 private:
  bool has_key(const Request& request) const;

  GatewayState& state_;
};

}  // namespace pintle::practice
