// SPDX-License-Identifier: Apache-2.0
//
// What makes the broker look like a gateway whose gate is off, to a client that knows tokens alone
// (gateway-contract 1, 2 and 8).
//
// Threads: pure functions.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pintle::broker {

/// Who answers a path.
enum class Answerer : std::uint8_t {
  gateway,       ///< With the credential.
  public_facts,  ///< The gateway, without a credential or a local token; see `without_gate`.
  nobody,        ///< 404: the pages and endpoints of a sign-in. A sign-out here would end the
                 ///< session of all who use it.
  unauthorized,  ///< 401, as a gateway without a gate answers whatever the token.
  metrics,       ///< The broker itself.
};

/// `path`: of the target, as received.
Answerer answerer_of(std::string_view path);

/// Returns the JSON object with auth_required false and no way to sign in, all other members as
/// they were; any other text unchanged.
std::string without_gate(std::string_view json);

}  // namespace pintle::broker
