// SPDX-License-Identifier: Apache-2.0
//
// What an answer means that did not let a request in (gateway-contract 5).
//
// Threads: pure functions.

#pragma once

#include <optional>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>

namespace pintle {

/// What was asked for: the same status means different things to different questions.
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

/// The error that `response` stands for, or nothing where the request was let in. Says what
/// happened and what to do next; `can_retry`, `needs_sign_in` and `retry_after_ms` follow
/// gateway-contract 5: 5xx never asks for a sign-in.
///
/// `path` is what was asked for, below the gateway's prefix and without its query. For
/// RequestPurpose::rest a web page, a redirect (outside /api/) and the 4xx that are the app's own
/// business (400, 404, 409, 422 …) are let in. Where a redirect is the wanted answer (sign-out,
/// authorize), look at it before you ask here.
std::optional<Error> classify_response(const HttpResponse& response, const GatewayUrl& gateway,
                                       RequestPurpose asked, std::string_view path);

}  // namespace pintle
