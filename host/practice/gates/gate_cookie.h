// SPDX-License-Identifier: Apache-2.0
//
// The gate of session cookies, and the newer one that also accepts bearer tokens (gateway-contract
// 3 and 5).

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
  /// 401 with one of the two bodies, for "nothing was sent" and "the session has ended".
  HttpResponse refuse(const Request& request, std::string_view error,
                      std::string_view reason) const;

  GatewayState& state_;

 private:
  Admission refresh(const Request& request, std::string_view token);
  Admission dead(const Request& request) const;
};

/// A bearer decides alone: an invalid one beside a valid cookie is a 401.
class NativeGate : public CookieGate {
 public:
  using CookieGate::CookieGate;
  Admission admit(const Request& request) override;
};

/// Returns the text after "Bearer " in the Authorization header, or nothing.
std::optional<std::string_view> bearer_of(const Request& request);

/// Adds the cookies of a pair.
void set_session_cookies(const GatewayState& state, Headers& headers, const TokenPair& pair);

}  // namespace pintle::practice
