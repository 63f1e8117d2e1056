// SPDX-License-Identifier: Apache-2.0
//
// Sends an answer: as it should be, or with the fault that was asked for.
//
// Threads: the connection's.

#pragma once

#include <string>

#include <Poco/Event.h>

#include "practice/server/message.h"
#include "practice/server/wire.h"

namespace pintle::practice {

/// The header of `answer` with the empty line; `body_header` ("Content-Length: 3") may be empty.
std::string head_text(const Answer& answer, const std::string& body_header);

/// Sends it. Returns true where the connection stays open for another request. Ends early once
/// `stopping` is set.
bool send_answer(Wire& wire, const Request& request, const Answer& answer, Poco::Event& stopping);

}  // namespace pintle::practice
