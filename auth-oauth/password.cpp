// SPDX-License-Identifier: Apache-2.0
//
// Signing in with a password (gateway-contract 4 and 8).
//
// A started native sign-in stays pending at the gateway for ten minutes, at most eight per address:
// eight wrong passwords would lock a user out. So if the gateway supports cookies, the password is
// sent for cookies and nothing stays pending. If it supports only native sign-in, one authorization
// serves all tries, and if none is available, the password is sent without it.

#include <algorithm>
#include <string_view>
#include <utility>

#include <pintle/core/text/printable.h>

#include "authorization.h"
#include "oauth_scheme.h"
#include "wire/answers.h"
#include "wire/callback.h"
#include "wire/json_object.h"

namespace pintle {

using namespace plugin;  // NOLINT(google-build-using-namespace): this file is the plugin
using oauth::Authorization;
using oauth::CookieSession;
using oauth::PasswordLogin;

namespace {

constexpr int kMaxTries = 3;

PasswordLogin read_login(AskAnswer answer, std::string provider) {
  PasswordLogin login;
  login.provider = std::move(provider);
  auto username = answer.take("username");
  auto password = answer.take("password");
  const auto refuse_empty = [](const char* what, const AskAnswer::Value& value) {
    if (!value.text.empty()) return;
    const auto from = value.source.empty() ? std::string() : " from " + printable(value.source);
    throw Error(Layer::config, "the " + std::string(what) + from + " is empty").with_user_action();
  };
  refuse_empty("user name", username);
  refuse_empty("password", password);
  login.username = std::move(username.text);
  login.password = std::move(password.text);
  login.typed = password.source == "typed";
  return login;
}

// The gateway may have quoted the request.
void hide_login(Error& error, const PasswordLogin& login, const Authorization* authorization) {
  error.without(login.password.reveal());
  if (authorization == nullptr) return;
  for (auto pairs = authorization->cookie.reveal(); !pairs.empty();) {  // "name=value; name=value"
    const auto end = std::min(pairs.find("; "), pairs.size());
    const auto pair = pairs.substr(0, end);
    error.without(pair.substr(pair.find('=') + 1));
    pairs.remove_prefix(std::min(end + 2, pairs.size()));
  }
}

Error cannot_be_kept(std::optional<CookieVerdict> refused) {
  const auto why = refused ? " that can be stored (" + std::string(name_of(*refused)) + ")" : "";
  return Error(Layer::gate, "the gateway accepted the sign-in but set no session cookie" + why)
      .with_user_action()
      .with_hint(oauth::advice_for(refused));
}

}  // namespace

// `before` precedes the prompt: why the user is asked again.
Task<PasswordLogin> OAuthScheme::ask_password(std::string provider, std::string before) {
  auto need =
      Ask(before + "Sign in to " + gateway_.authority() + " with " + printable(provider, 60) + ".")
          .plain("username", "User name")
          .secret("password", "Password");
  auto answer = co_await std::move(need);
  co_return read_login(std::move(answer), std::move(provider));
}

Task<> OAuthScheme::sign_in_with_password(std::string provider, bool may_ask) {
  std::optional<Authorization> authorization;
  std::string before;
  for (int tries = 1;; ++tries) {
    const auto login = co_await ask_password(provider, before);
    const bool needs_authorization = offer_->native && !offer_->cookies && !authorization;
    if (needs_authorization) authorization = co_await authorize(provider);
    const bool pending = authorization && authorization->is_pending();
    const auto refused = co_await send_password(login, pending ? &*authorization : nullptr);
    if (!refused) co_return;
    // Input from a file is the same the second time.
    if (!may_ask || !login.typed || tries == kMaxTries) throw *refused;
    before = "The user name or the password is wrong. ";
  }
}

// Returns an error if the gateway refused the name or the password; throws any other failure.
Task<std::optional<Error>> OAuthScheme::send_password(const PasswordLogin& login,
                                                      const Authorization* authorization) {
  const Secret no_cookie;
  auto need = oauth::password_login(login, authorization ? authorization->cookie : no_cookie);
  const auto answer = co_await std::move(need);
  const auto moment = co_await now();
  auto refused = classify_response(oauth::core_response(answer), gateway_,
                                   RequestPurpose::password_sign_in, oauth::kPasswordPath);
  if (refused) hide_login(*refused, login, authorization);
  if (refused && refused->layer() == Layer::gate && answer.status() == 401) co_return refused;
  if (refused) throw *std::move(refused);
  const auto object = oauth::JsonObject::parse(answer.body());
  const auto next = object ? object->secret("next") : Secret();
  const auto address = next.reveal();
  if (authorization != nullptr && address.starts_with(oauth::kNobodysRedirect) &&
      address.substr(oauth::kNobodysRedirect.size()).starts_with('?')) {
    auto code = oauth::code_from(address, authorization->pkce.state);
    co_await redeem(std::move(code), authorization->pkce.verifier, login.provider);
  } else {
    // It has no native sign-in for passwords, or ignored the started one: it set cookies.
    accept_cookies(answer, {std::string(login.username.reveal()), login.provider}, moment.now_ms);
  }
  co_return std::nullopt;
}

void OAuthScheme::accept_cookies(const HttpAnswer& answer, oauth::User user, std::int64_t now_ms) {
  CookieSession cookies(gateway_);
  const auto taken =
      cookies.take(oauth::set_cookies(answer), CookieSession::Deletions::ignore, now_ms);
  // Without the access cookie nobody is signed in, and without the refresh cookie not for long.
  if (taken.refused || !cookies.has(SessionCookie::access, now_ms)) {
    throw cannot_be_kept(taken.refused).with_status(answer.status());
  }
  begin_session(std::move(cookies), std::move(user));
}

}  // namespace pintle
