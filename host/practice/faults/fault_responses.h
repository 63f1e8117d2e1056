// SPDX-License-Identifier: Apache-2.0
//
// Answers that do not come from the gateway: what stands in front of it, and what spoils them on
// the way.
//
// Threads: free functions, any thread.

#pragma once

#include <optional>

#include "practice/faults/faults.h"
#include "practice/server/message.h"

namespace pintle::practice {

/// What answers in the gateway's place, where `fault` is of such a kind.
std::optional<Answer> fault_response(const Fault& fault);

/// Puts `fault` on the answer of the gateway, where it is of such a kind.
void spoil(Answer& answer, const Fault& fault);

/// True for the kinds after which the other side has not seen a status.
bool leaves_no_status(FaultKind kind) noexcept;

}  // namespace pintle::practice
