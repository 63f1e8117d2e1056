// SPDX-License-Identifier: Apache-2.0
//
// Converts responses to core's types.
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

/// Returns a copy for core's classification of refusals. Invalid header fields are omitted, so a
/// damaged field does not hide the rest.
HttpResponse core_response(const plugin::Response& response);
HttpResponse core_response(const plugin::HttpAnswer& answer);

/// Returns the values of the Set-Cookie fields, in order.
std::vector<std::string_view> set_cookies(const plugin::Response& response);
std::vector<std::string_view> set_cookies(const plugin::HttpAnswer& answer);

/// Returns true if the Location is on the gateway's own origin: an intermediary redirects
/// elsewhere.
bool leads_home(std::string_view location, const GatewayUrl& gateway);

}  // namespace pintle::oauth
