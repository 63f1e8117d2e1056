// SPDX-License-Identifier: Apache-2.0
//
// What `call` makes of an answer, and how it shows one as JSON.

#pragma once

#include <optional>
#include <string>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>

#include "output.h"

namespace pintle::cli {

struct CallOutcome {
  int code = kOk;                ///< The exit code.
  std::optional<Error> error{};  ///< What to say of it; none for a status that says it all.
};

/// Classifies the response to `request`, or its head alone. Stricter than `classify_response`:
/// whoever runs `call` wants the whole thing that was asked for, so a redirect is never a success,
/// nor is a part (206) or a "not modified" (304) that the request did not ask for.
CallOutcome outcome_of(const HttpResponse& answer, const HttpRequest& request,
                       const GatewayUrl& gateway);

/// Adds `body`, or `body_base64` if the body is not UTF-8: JSON cannot hold other bytes.
void add_body(JsonObject& object, const std::string& body);

}  // namespace pintle::cli
