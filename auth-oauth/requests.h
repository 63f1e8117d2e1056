// SPDX-License-Identifier: Apache-2.0
//
// The requests that the scheme makes of a gateway, without the session's credential
// (gateway-contract 4 and 6).
//
// Threads: pure functions.

#pragma once

#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/scheme.h>

#include "bearer.h"
#include "pkce.h"

namespace pintle::oauth {

inline constexpr std::string_view kStatusPath = "/api/status";
inline constexpr std::string_view kProvidersPath = "/api/auth/providers";
inline constexpr std::string_view kWhoPath = "/api/auth/me";
inline constexpr std::string_view kTicketPath = "/api/auth/ws-ticket";
inline constexpr std::string_view kPasswordPath = "/auth/password-login";
inline constexpr std::string_view kLogoutPath = "/auth/logout";
inline constexpr std::string_view kAuthorizePath = "/auth/native/authorize";
inline constexpr std::string_view kTokenPath = "/auth/native/token";
inline constexpr std::string_view kRefreshPath = "/auth/native/refresh";

/// Where a native sign-in without a browser says that it listens. Nobody does: the gateway names
/// the address in its answer, and nothing ever goes there.
inline constexpr std::string_view kNobodysRedirect = "http://127.0.0.1:49152/callback";

/// The path and query that begin a native sign-in. `redirect_uri` is put in as it stands:
/// "{redirect_uri}", or an address that is encoded already.
std::string authorize_target(std::string_view provider, const Pkce& pkce,
                             std::string_view redirect_uri);

/// Begins one without a browser.
plugin::Http begin_native(std::string_view provider, const Pkce& pkce);

struct PasswordLogin {
  std::string provider;
  Secret username;
  Secret password;
  bool typed = false;  ///< By the user, who may be asked again.
};
/// `sign_in_cookie` is that of a native sign-in under way; empty: none, and cookies are wanted.
plugin::Http password_login(const PasswordLogin& login, const Secret& sign_in_cookie);

plugin::Http redeem_code(const Secret& code, const Secret& verifier);
plugin::Http refresh_bearer(const BearerTokens& tokens, std::string_view provider);

/// The page that a browser opens for cookies: the provider's own where one is named that has a
/// page, else the gateway's sign-in page.
std::string window_url(const GatewayUrl& gateway, std::string_view provider, bool takes_password);

}  // namespace pintle::oauth
