// SPDX-License-Identifier: Apache-2.0
//
// Answers that something in front of the gateway gave in its place: an access proxy, a captive
// portal, a TLS terminator, a proxy that could not reach it.
//
// Threads: pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>

namespace pintle {

/// True where the body is a web page, by its type or by how it begins.
bool is_web_page(const HttpResponse& response) noexcept;

/// The error for a redirect (3xx) that nobody asked for: says which host it leads to, and which URL
/// to use if it leads to the same path elsewhere (the gateway has moved) or turns http into https.
/// `path` is what was asked for, below the gateway's prefix ("/api/status").
Error redirect_error(const HttpResponse& response, const GatewayUrl& gateway,
                     std::string_view path);

/// Returns where a redirect leads that may be the app's own: a page of the gateway's origin,
/// without its query and printable. Nothing if it leads to another origin, to a login page, or
/// cannot be read. `path` as for redirect_error.
std::optional<std::string> own_redirect(const HttpResponse& response, const GatewayUrl& gateway,
                                        std::string_view path);

/// The error for a web page, a login wall or another sign of somebody in front, 5xx left aside;
/// nothing where the answer may be the gateway's own. Never asks for a sign-in: to sign in to the
/// gateway does not open a door that stands before it (gateway-contract 2).
std::optional<Error> intermediary_error(const HttpResponse& response, const GatewayUrl& gateway);

/// True for the page of a server that asks for a client certificate in the handshake and insists on
/// it only in the answer (nginx, IIS).
bool asks_for_client_certificate(const HttpResponse& response);

}  // namespace pintle
