// SPDX-License-Identifier: Apache-2.0
//
// Responses that do not come from the gateway: those of an intermediary, and corrupted ones.
//
// Threads: free functions, any thread.

#pragma once

#include <optional>
#include <string>

#include "practice/faults/faults.h"
#include "practice/server/message.h"

namespace pintle::practice {

/// Returns the response that replaces the gateway's; nothing if `fault` is not of such a kind.
std::optional<Answer> fault_response(const Fault& fault, const Request& request);

/// Returns all that `request` has of credentials, as a careless error message repeats it.
std::string credential_of(const Request& request);

/// Applies `fault` to the gateway's response, if it is of such a kind.
void spoil(Answer& answer, const Fault& fault);

/// Returns true for the kinds after which the client has not received a status.
bool leaves_no_status(FaultKind kind) noexcept;

}  // namespace pintle::practice
