// SPDX-License-Identifier: Apache-2.0
//
// The gate of session cookies, and the newer one that takes bearer tokens as well
// (gateway-contract 3 and 5).

#pragma once

#include <string>
#include <string_view>

#include "practice/gates/gate_rules.h"

namespace pintle::practice {

class CookieGate : public GateRules {
 public:
  explicit CookieGate(GatewayState& state) : state_(state) {}
  Admission admit(const Request& request) override;
  bool admit_upgrade(const Request& request) override;

 protected:
  /// 401 with one of the two bodies that tell "nothing was sent" from "the session is dead".
  HttpResponse refuse(const Request& request, std::string_view error,
                      std::string_view reason) const;

  GatewayState& state_;

 private:
  Admission refresh(const Request& request, std::string_view token);
  Admission dead(const Request& request) const;
};

/// A request with a bearer is decided by it alone: a bad one beside a good cookie is a 401.
class NativeGate : public CookieGate {
 public:
  using CookieGate::CookieGate;
  Admission admit(const Request& request) override;
};

/// The text behind "Bearer " in the Authorization header, or nothing.
std::optional<std::string_view> bearer_of(const Request& request);

/// Adds the cookies of a pair.
void set_session_cookies(const GatewayState& state, Headers& headers, const TokenPair& pair);

}  // namespace pintle::practice
