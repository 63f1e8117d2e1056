// SPDX-License-Identifier: Apache-2.0
//
// The meaning of a response that refuses a request (gateway-contract 5).
//
// Threads: pure functions.

/// @file
/// @snippet reference/gateway.cpp classify

#pragma once

#include <optional>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>

namespace pintle {

/// What the request was for: the same status has different meanings.
enum class RequestPurpose {
  public_endpoint,      ///< /api/status and the like, without a credential.
  rest,                 ///< Any request of the app, with a credential.
  ticket,               ///< POST /api/auth/ws-ticket.
  upgrade_with_ticket,  ///< The WebSocket upgrade with a fresh ticket.
  upgrade_with_token,   ///< The WebSocket upgrade with the static token.
  password_sign_in,     ///< POST /auth/password-login.
  native_token,         ///< POST /auth/native/token.
  native_refresh,       ///< POST /auth/native/refresh.
};

/// Returns the error for `response`, or nothing if the request was accepted. `can_retry`,
/// `needs_sign_in` and `retry_after_ms` follow gateway-contract 5: 5xx never asks for a sign-in.
///
/// `path` is the requested path below the gateway's prefix, without its query. For
/// RequestPurpose::rest, a web page, a redirect (outside /api/) and the 4xx that concern the app
/// (400, 404, 409, 422 …) are not errors. If a redirect is the expected response (sign-out,
/// authorize), handle it before this call.
std::optional<Error> classify_response(const HttpResponse& response, const GatewayUrl& gateway,
                                       RequestPurpose purpose, std::string_view path);

}  // namespace pintle
