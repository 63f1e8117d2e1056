// SPDX-License-Identifier: Apache-2.0
//
// Sends a response, with the requested fault if there is one.
//
// Threads: the connection's.

#pragma once

#include <string>

#include <Poco/Event.h>

#include "practice/server/message.h"
#include "practice/server/wire.h"

namespace pintle::practice {

/// Returns the header of `answer` with the empty line; `body_header` ("Content-Length: 3") may be
/// empty.
std::string head_text(const Answer& answer, const std::string& body_header);

/// Sends it. Returns true if the connection stays open for another request. Ends early once
/// `stopping` is set.
bool send_answer(Wire& wire, const Request& request, const Answer& answer, Poco::Event& stopping);

}  // namespace pintle::practice
