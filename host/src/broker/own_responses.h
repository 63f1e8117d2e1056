// SPDX-License-Identifier: Apache-2.0
//
// The responses that the broker gives itself: refusals and failures, in the form of the gateway's
// own errors ({"detail":"…"}).
//
// Threads: pure functions.

#pragma once

#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/http/headers.h>

#include "local/local_access.h"

namespace pintle::broker {

HttpResponse json_response(int status, std::string_view json);
/// Returns {"detail":"…"}.
HttpResponse detail_response(int status, std::string_view detail);

/// Returns the refusal of a request that may not be answered. An upgrade is refused with a bare 403
/// (gateway-contract 6).
HttpResponse refusal(local::LocalAccess::Verdict verdict, bool is_upgrade);

/// Returns the response to a request that could not be passed on: 503 if the user must sign in (an
/// old client that read a 401 would ask for another token), 504 if a time limit ended it, 503 with
/// Retry-After if the gateway asks to wait, else 502. With "layer" and "hint", which has the
/// command to sign in to `connection`, its name or its URL.
HttpResponse failure(const Error& error, std::string_view connection);

/// Returns the usual reason phrase of the statuses above.
std::string_view reason_of(int status) noexcept;

}  // namespace pintle::broker
