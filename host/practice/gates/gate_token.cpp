// SPDX-License-Identifier: Apache-2.0
#include "practice/gates/gate_token.h"

namespace pintle::practice {

bool TokenGate::is_token(std::string_view text) const {
  return state_.options.token.equals(Secret(text));
}

Admission TokenGate::admit(const Request& request) {
  Admission admission;
  if (!is_token(request.headers.get("X-Hermes-Session-Token"))) {
    admission.refusal = detail_response(401, "Unauthorized");
  }
  return admission;
}

bool TokenGate::admit_upgrade(const Request& request) {
  return is_token(request.query_value("token").value_or(""));
}

}  // namespace pintle::practice
