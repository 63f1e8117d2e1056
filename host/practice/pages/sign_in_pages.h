// SPDX-License-Identifier: Apache-2.0
//
// The gateway's own sign-in pages: password, browser, callback, sign-out (gateway-contract 4).
//
// Threads: called from every connection's thread.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "practice/pages/identity_provider.h"
#include "practice/server/message.h"
#include "practice/state/gateway_state.h"

namespace pintle::practice {

class SignInPages {
 public:
  SignInPages(GatewayState& state, IdentityProvider& identity)
      : state_(state), identity_(identity) {}

  /// The origin of the identity provider's pages; set before the first request.
  void set_identity_url(std::string url) { identity_url_ = std::move(url); }

  /// Returns the response, or nothing if the request is not for one of these pages.
  std::optional<HttpResponse> answer(const Request& request);

  /// Starts `sign_in` and redirects the browser to its provider: to the identity provider, or for a
  /// password to this gateway's form. Sets the PKCE cookie.
  HttpResponse begin(const Request& request, SignIn sign_in, const Provider& provider);

 private:
  struct Finished {
    std::string next;
    Headers cookies;
  };

  HttpResponse login_page(const Request& request) const;
  HttpResponse begin_browser(const Request& request);
  HttpResponse callback(const Request& request);
  HttpResponse password_login(const Request& request);
  HttpResponse logout(const Request& request);

  std::optional<std::string> sign_in_cookie(const Request& request) const;
  /// Opens the session; for a native client creates its code and returns where to send it.
  Finished finish(const Provider& provider, const std::string& user,
                  const std::optional<NativeRequest>& native);

  GatewayState& state_;
  IdentityProvider& identity_;
  std::string identity_url_;
};

}  // namespace pintle::practice
