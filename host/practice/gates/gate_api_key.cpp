// SPDX-License-Identifier: Apache-2.0
#include "practice/gates/gate_api_key.h"

namespace pintle::practice {

bool ApiKeyGate::has_key(const Request& request) const {
  return state_.options.token.equals(Secret(request.headers.get("X-Api-Key")));
}

bool ApiKeyGate::admit_upgrade(const Request& request) { return has_key(request); }

Admission ApiKeyGate::admit(const Request& request) {
  Admission admission;
  if (!has_key(request)) admission.refusal = detail_response(401, "Unauthorized");
  return admission;
}

}  // namespace pintle::practice
