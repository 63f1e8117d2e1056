// SPDX-License-Identifier: Apache-2.0
//
// Answers as core's rules read them, whichever side of the scheme they came in by.
//
// Threads: pure functions.

#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>
#include <pintle/scheme.h>

namespace pintle::oauth {

/// A copy for core's classification of refusals. What a header may not hold is left out, so a
/// damaged field never hides the rest.
HttpResponse core_response(const plugin::Response& response);
HttpResponse core_response(const plugin::HttpAnswer& answer);

/// The values of the Set-Cookie fields, in their order.
std::vector<std::string_view> set_cookies(const plugin::Response& response);
std::vector<std::string_view> set_cookies(const plugin::HttpAnswer& answer);

/// True where the Location leads to a path of the gateway's own origin: what stands in front of a
/// gateway redirects elsewhere.
bool leads_home(std::string_view location, const GatewayUrl& gateway);

}  // namespace pintle::oauth
