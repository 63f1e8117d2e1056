// SPDX-License-Identifier: Apache-2.0
#include "wire/requests.h"

#include <pintle/core/text/percent.h>

#include "wire/json_object.h"

namespace pintle::oauth {
namespace {

// Space for the texts with every character escaped, so that the body never moves while it grows.
std::string string_with_capacity(std::size_t characters) {
  std::string body;
  body.reserve(128 + 6 * characters);
  return body;
}

}  // namespace

std::string authorize_target(std::string_view provider, const Pkce& pkce,
                             std::string_view redirect_uri) {
  std::string target(kAuthorizePath);
  target.append("?provider=").append(encode_component(provider));
  target.append("&code_challenge=").append(pkce.challenge);
  target.append("&code_challenge_method=S256&redirect_uri=").append(redirect_uri);
  target.append("&state=").append(pkce.state);
  return target;
}

plugin::Http begin_native(std::string_view provider, const Pkce& pkce) {
  return plugin::get(authorize_target(provider, pkce, encode_component(kNobodysRedirect)));
}

plugin::Http password_login(const PasswordLogin& login, const Secret& sign_in_cookie) {
  const auto username = login.username.reveal();
  const auto password = login.password.reveal();
  auto body = string_with_capacity(login.provider.size() + username.size() + password.size());
  body += '{';
  append_member(body, "provider", login.provider);
  body += ',';
  append_member(body, "username", username);
  body += ',';
  append_member(body, "password", password);
  body += '}';
  auto need = plugin::post(std::string(kPasswordPath)).json(std::move(body));
  if (sign_in_cookie.empty()) return need;
  return std::move(need).header("Cookie", std::string(sign_in_cookie.reveal()));
}

plugin::Http redeem_code(const Secret& code, const Secret& verifier) {
  auto body = string_with_capacity(code.size() + verifier.size());
  body += '{';
  append_member(body, "code", code.reveal());
  body += ',';
  append_member(body, "code_verifier", verifier.reveal());
  body += '}';
  return plugin::post(std::string(kTokenPath)).json(std::move(body));
}

plugin::Http refresh_bearer(const BearerTokens& tokens, std::string_view provider) {
  auto body = string_with_capacity(tokens.refresh.size() + provider.size());
  body += '{';
  append_member(body, "refresh_token", tokens.refresh.reveal());
  body += ',';
  append_member(body, "provider", provider);
  body += '}';
  return plugin::post(std::string(kRefreshPath)).json(std::move(body));
}

std::string window_url(const GatewayUrl& gateway, std::string_view provider, bool takes_password) {
  // A password provider has no page of its own: its form is on the sign-in page.
  if (provider.empty() || takes_password) return gateway.text() + "/login";
  return gateway.text() + "/auth/login?provider=" + encode_component(provider);
}

}  // namespace pintle::oauth
