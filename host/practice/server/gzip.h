// SPDX-License-Identifier: Apache-2.0
//
// The content coding of a proxy that compresses.
//
// Threads: functions without state.

#pragma once

#include "practice/server/message.h"

namespace pintle::practice {

/// Compresses the body, if there is one and the request accepts gzip (RFC 9110 12.5.3).
void gzip_if_accepted(const Request& request, HttpResponse& response);

}  // namespace pintle::practice
