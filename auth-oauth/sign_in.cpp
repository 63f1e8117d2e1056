// SPDX-License-Identifier: Apache-2.0
//
// The methods browser, paste and window (gateway-contract 4); password.cpp has the password method.
// After a failure, no other method is tried silently.

#include <utility>

#include <pintle/core/text/ascii.h>
#include <pintle/core/text/printable.h>

#include "authorization.h"
#include "oauth_scheme.h"
#include "wire/answers.h"
#include "wire/callback.h"
#include "wire/json_object.h"
#include "wire/pkce.h"

namespace pintle {

using namespace plugin;  // NOLINT(google-build-using-namespace): this file is the plugin
using oauth::Authorization;
using oauth::CookieSession;
using oauth::Method;
using oauth::Offer;

namespace {

constexpr int kMaxTries = 3;

HttpResponse whole_response(const HttpAnswer& answer) {
  auto made = oauth::core_response(answer);
  made.body = answer.body();
  return made;
}

}  // namespace

Task<> OAuthScheme::sign_in(SignIn how) {
  if (!offer_ || offer_->providers.empty()) offer_ = co_await ask_offer();
  const auto method = how.method.empty() ? usual_method_ : how.method;
  auto provider = how.provider.empty() ? usual_provider_ : how.provider;
  const bool has_password = how.has("username") || how.has("password");
  if (how.may_ask) {
    auto choices = oauth::provider_choices(*offer_, method, provider, has_password);
    if (!choices.empty()) provider = co_await ask_provider(std::move(choices));
  }
  const auto plan = oauth::make_plan(*offer_, method, provider, has_password);
  if (plan.method == Method::password) {
    co_await sign_in_with_password(plan.provider.name, how.may_ask);
  } else {
    if (!how.may_ask) {
      if (ended_) throw *ended_;
      throw Error(Layer::gate, "not signed in: the gateway requires an interactive sign-in")
          .with_sign_in()
          .with_hint("Sign in first (pintle sign-in), then try again.");
    }
    if (plan.method == Method::window) {
      co_await sign_in_with_window(plan.provider);
    } else {
      co_await sign_in_with_browser(plan.provider);
    }
  }
  co_await fetch_user();
}

Task<Offer> OAuthScheme::ask_offer() {
  const auto status = co_await get(std::string(oauth::kStatusPath)).may_repeat();
  auto probe = read_status(whole_response(status), gateway_);
  if (!probe.auth_required) {
    throw Error(Layer::config, "cannot sign in: the gateway's gate is off")
        .with_user_action()
        .with_hint("Probe the gateway again: it requires a session token.");
  }
  const auto providers = co_await get(std::string(oauth::kProvidersPath)).may_repeat();
  read_providers(whole_response(providers), gateway_, probe);
  co_return Offer::of(probe);
}

Task<std::string> OAuthScheme::ask_provider(std::vector<Offer::Provider> choices) {
  auto why = "The gateway has several sign-in providers: " + oauth::list_of(choices, true) + ".";
  for (int tries = 1;; ++tries) {
    auto need = Ask(std::move(why)).plain("provider", "Provider (number or name)");
    std::string typed;
    bool is_last = tries == kMaxTries;
    try {
      auto answer = co_await std::move(need);
      const auto value = answer.take("provider");
      typed = ascii::trim(value.text.reveal());
      is_last = is_last || value.source != "typed";  // A file is the same the second time.
    } catch (const Error& error) {
      // Nobody can be asked: `make_plan` says what to do instead.
      if (error.layer() == Layer::config) co_return "";
      throw;
    }
    if (const auto* chosen = oauth::find_choice(choices, typed)) co_return chosen->name;
    if (is_last) co_return typed;
    why = "There is no provider \"" + printable(typed, 60) +
          "\". Choose one of: " + oauth::list_of(choices, true) + ".";
  }
}

Task<Authorization> OAuthScheme::authorize(std::string provider) {
  auto moment = co_await now();
  auto pkce = oauth::make_pkce(moment.random);
  auto need = oauth::begin_native(provider, pkce);
  const auto answer = co_await std::move(need);
  moment = co_await now();
  co_return oauth::read_authorization(answer, std::move(pkce), provider, gateway_, moment.now_ms);
}

Task<> OAuthScheme::sign_in_with_browser(Offer::Provider provider) {
  if (provider.takes_password) {
    // Not every gateway has native sign-in for passwords, and its refusal is a page in the browser
    // that returns nothing. Asking first leaves a pending authorization, so it is done only here,
    // in case of doubt.
    const auto begun = co_await authorize(provider.name);
    if (begun.refused) throw *begun.refused;
  }
  const auto moment = co_await now();
  auto pkce = oauth::make_pkce(moment.random);
  auto visit = BrowserVisit::until_callback(
      gateway_.text() + oauth::authorize_target(provider.name, pkce, "{redirect_uri}"), pkce.state);
  const auto visited = co_await std::move(visit);
  auto code = oauth::code_from(visited.callback_url(), pkce.state);
  co_await redeem(std::move(code), pkce.verifier, std::move(provider.name));
}

Task<> OAuthScheme::redeem(Secret code, const Secret& verifier, std::string provider) {
  // Never twice: any attempt consumes the code.
  auto need = oauth::redeem_code(code, verifier);
  const auto answer = co_await std::move(need);
  const auto moment = co_await now();
  auto refused = classify_response(oauth::core_response(answer), gateway_,
                                   RequestPurpose::native_token, oauth::kTokenPath);
  if (refused) refused->without(verifier.reveal()).without(code.reveal());
  if (refused) throw *std::move(refused);
  auto read = oauth::read_token_answer(answer, moment);
  // The refresh needs the provider's name, so it is filled in if the response omits it.
  if (read.user.provider.empty()) read.user.provider = std::move(provider);
  begin_session(std::move(read.tokens), std::move(read.user));
}

Task<> OAuthScheme::sign_in_with_window(Offer::Provider provider) {
  std::vector<std::string> names;
  for (const char* prefix : {"__Host-", "__Secure-", ""}) {
    for (const char* name : {"hermes_session_at", "hermes_session_rt"}) {
      names.push_back(std::string(prefix) + name);
    }
  }
  auto visit = BrowserVisit::until_cookies(
      oauth::window_url(gateway_, provider.name, provider.takes_password), std::move(names));
  const auto visited = co_await std::move(visit);
  const auto moment = co_await now();
  CookieSession cookies(gateway_);
  for (const auto& cookie : visited.cookies()) {
    cookies.take_bare(cookie.name, cookie.value, cookie.expires_ms, moment.now_ms);
  }
  if (!cookies.is_alive(moment.now_ms)) {
    throw Error(Layer::gate, "the browser returned no session cookie of the gateway")
        .with_sign_in()
        .with_hint(
            "Sign in again, and wait for the gateway's own page before you close the "
            "window.");
  }
  begin_session(std::move(cookies), {"", std::move(provider.name)});
}

// Finds out whose session it is. This is optional: no failure here fails the sign-in.
Task<> OAuthScheme::fetch_user() {
  const auto moment = co_await now();
  if (!is_alive(moment.now_ms)) co_return;
  const auto credential = credential_;
  const bool whole = sends_whole(oauth::kUserInfoPath, moment.now_ms);
  auto need =
      with_credential(get(std::string(oauth::kUserInfoPath)), oauth::kUserInfoPath, moment.now_ms);
  try {
    const auto answer = co_await std::move(need);
    const auto after = co_await now();
    const auto fields = oauth::set_cookies(answer);
    if (answer.status() == 200) {
      take_cookies({credential, whole, fields, false, after.now_ms}, answer.status());
    }
    const auto object = oauth::JsonObject::parse(answer.body());
    if (answer.status() != 200 || !object) co_return;
    for (const char* name : {"user_id", "email", "display_name"}) {
      auto user = object->text(name);
      if (user.empty()) continue;
      user_.id = std::move(user);
      break;
    }
    // The token response has priority: a refresh must name the provider as it did.
    if (user_.provider.empty()) user_.provider = object->text("provider");
    session_changed();
  } catch (const Error&) {
    // The session is good without the user's name.
  }
}

}  // namespace pintle
