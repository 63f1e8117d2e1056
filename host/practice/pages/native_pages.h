// SPDX-License-Identifier: Apache-2.0
//
// Native sign-in (RFC 8252 with PKCE) and its bearer tokens (gateway-contract 4).
//
// Threads: called from every connection's thread.

#pragma once

#include <optional>

#include "practice/pages/sign_in_pages.h"
#include "practice/server/message.h"
#include "practice/state/gateway_state.h"

namespace pintle::practice {

class NativePages {
 public:
  NativePages(GatewayState& state, SignInPages& pages) : state_(state), pages_(pages) {}

  /// Returns the response, or nothing if the request is not for one of these pages.
  std::optional<HttpResponse> answer(const Request& request);

 private:
  HttpResponse authorize(const Request& request);
  HttpResponse token(const Request& request);
  HttpResponse refresh(const Request& request);
  HttpResponse chooser(const Request& request) const;

  GatewayState& state_;
  SignInPages& pages_;
};

/// Accepts only http with the literal 127.0.0.1 or [::1] (RFC 8252 7.3; never "localhost").
bool is_native_redirect(const std::string& uri);

}  // namespace pintle::practice
