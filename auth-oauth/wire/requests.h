// SPDX-License-Identifier: Apache-2.0
//
// The scheme's requests to a gateway, without the session's credential (gateway-contract 4 and 6).
//
// Threads: pure functions.

#pragma once

#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/scheme.h>

#include "wire/bearer.h"
#include "wire/pkce.h"

namespace pintle::oauth {

inline constexpr std::string_view kStatusPath = "/api/status";
inline constexpr std::string_view kProvidersPath = "/api/auth/providers";
inline constexpr std::string_view kUserInfoPath = "/api/auth/me";
inline constexpr std::string_view kTicketPath = "/api/auth/ws-ticket";
inline constexpr std::string_view kPasswordPath = "/auth/password-login";
inline constexpr std::string_view kLogoutPath = "/auth/logout";
inline constexpr std::string_view kAuthorizePath = "/auth/native/authorize";
inline constexpr std::string_view kTokenPath = "/auth/native/token";
inline constexpr std::string_view kRefreshPath = "/auth/native/refresh";

/// The redirect URI of a native sign-in without a browser. Nothing listens there: the gateway
/// returns the URI in its response, and no request is ever sent to it.
inline constexpr std::string_view kNobodysRedirect = "http://127.0.0.1:49152/callback";

/// Returns the path and query that start a native sign-in. `redirect_uri` is inserted unchanged:
/// "{redirect_uri}", or an encoded URI.
std::string authorize_target(std::string_view provider, const Pkce& pkce,
                             std::string_view redirect_uri);

/// Starts one without a browser.
plugin::Http begin_native(std::string_view provider, const Pkce& pkce);

struct PasswordLogin {
  std::string provider;
  Secret username;
  Secret password;
  bool typed = false;  ///< Typed by the user, who may be asked again.
};
/// `sign_in_cookie`: the cookie of a native sign-in in progress; if empty, sign in for cookies.
plugin::Http password_login(const PasswordLogin& login, const Secret& sign_in_cookie);

plugin::Http redeem_code(const Secret& code, const Secret& verifier);
plugin::Http refresh_bearer(const BearerTokens& tokens, std::string_view provider);

/// Returns the page that a browser opens for cookies: that of the named provider if it has one,
/// else the gateway's sign-in page.
std::string window_url(const GatewayUrl& gateway, std::string_view provider, bool takes_password);

}  // namespace pintle::oauth
