// SPDX-License-Identifier: Apache-2.0
//
// Secrets are sent over plain http only to this machine, unless the settings allow it. Header-only.
//
// Threads: pure functions.

/// @file
/// @snippet reference/gateway.cpp plain_http

#pragma once

#include <string>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>

namespace pintle {

/// Returns true if a secret for `url` would be sent unencrypted to another machine.
inline bool is_exposed(const GatewayUrl& url) noexcept {
  return !url.secure() && !url.is_loopback();
}

/// Returns Error(config): `what` ("the session token") would be sent unencrypted, and the settings
/// do not allow it.
inline Error plain_http_error(const std::string& what, const GatewayUrl& url) {
  return Error(Layer::config,
               what + " would be sent over plain http to another machine (" + url.authority() + ")")
      .with_user_action()
      .with_hint("Use https://, or --allow-plain-http if you trust the network.");
}

}  // namespace pintle
