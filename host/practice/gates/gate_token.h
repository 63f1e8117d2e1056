// SPDX-License-Identifier: Apache-2.0
//
// The gate that is off: a static session token (gateway-contract 1).

#pragma once

#include "practice/gates/gate_rules.h"

namespace pintle::practice {

class TokenGate : public GateRules {
 public:
  explicit TokenGate(GatewayState& state) : state_(state) {}
  Admission admit(const Request& request) override;
  bool admit_upgrade(const Request& request) override;

 private:
  bool is_token(std::string_view text) const;

  GatewayState& state_;
};

}  // namespace pintle::practice
