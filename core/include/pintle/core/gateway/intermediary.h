// SPDX-License-Identifier: Apache-2.0
//
// Responses from an intermediary instead of the gateway: an access proxy, a captive portal, a TLS
// terminator, a proxy that could not reach it.
//
// Threads: pure functions.

/// @file
/// @snippet reference/gateway.cpp intermediary

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>

namespace pintle {

/// Returns true if the body is a web page, by its type or its first bytes.
bool is_web_page(const HttpResponse& response) noexcept;

/// Returns the error for an unexpected redirect (3xx): names the host it leads to, and the URL to
/// use if it leads to the same path elsewhere (the gateway has moved) or turns http into https.
/// `path` is the requested path below the gateway's prefix ("/api/status").
Error redirect_error(const HttpResponse& response, const GatewayUrl& gateway,
                     std::string_view path);

/// Returns the target of a redirect that may concern the app: a page of the gateway's origin,
/// without its query and printable. Nothing if it leads to another origin, to a login page, or
/// cannot be read. `path` as for redirect_error.
std::optional<std::string> own_redirect(const HttpResponse& response, const GatewayUrl& gateway,
                                        std::string_view path);

/// Returns the error for a web page, a login wall or another sign of an intermediary, except for
/// 5xx; nothing if the response may be the gateway's own. Never asks for a sign-in: signing in to
/// the gateway does not help with an intermediary (gateway-contract 2).
std::optional<Error> intermediary_error(const HttpResponse& response, const GatewayUrl& gateway);

/// Returns true for the page of a server that requests a client certificate in the handshake but
/// requires it only in the response (nginx, IIS).
bool asks_for_client_certificate(const HttpResponse& response);

/// Returns true for the page of a server that has checked the client certificate after the
/// handshake, and refuses it (nginx, IIS).
bool refuses_client_certificate(const HttpResponse& response);

}  // namespace pintle
