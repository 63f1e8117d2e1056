// The ways in: password, browser, paste and window (gateway-contract 4). After a failure no other
// way is tried in silence.

#include <algorithm>
#include <utility>

#include <pintle/core/printable.h>

#include "answers.h"
#include "callback.h"
#include "json_object.h"
#include "oauth_scheme.h"
#include "pkce.h"

namespace pintle {

using namespace plugin;  // NOLINT(google-build-using-namespace): this file is the plugin
using oauth::BearerTokens;
using oauth::CookieSession;
using oauth::Offer;
using oauth::PasswordLogin;
using oauth::Way;

namespace {

std::string path_below(const GatewayUrl& gateway, std::string_view path) {
  return gateway.prefix() + std::string(path);
}

HttpResponse whole_response(const HttpAnswer& answer) {
  auto made = oauth::core_response(answer);
  made.body = answer.body();
  return made;
}

// The cookie of a sign-in under way, as it goes back to the password page; empty: none was set.
Secret sign_in_cookie(const HttpAnswer& answer, const GatewayUrl& gateway, std::int64_t now_ms) {
  CookieJar jar(gateway);
  for (const auto field : oauth::set_cookies(answer)) {
    const auto said = parse_set_cookie(field);
    if (!said || oauth::session_cookie(said->name) != SessionCookie::pkce) continue;
    jar.set(field, path_below(gateway, oauth::kAuthorizePath), now_ms);
  }
  return jar.header(path_below(gateway, oauth::kPasswordPath), now_ms);
}

// Whether the answer to the beginning of a native sign-in says that the gateway has none for this
// provider: gateways of different age say so in different ways.
bool declines_native(const HttpAnswer& answer, const GatewayUrl& gateway) {
  const int status = answer.status();
  if (status == 400) {
    const auto refused = refusal(oauth::core_response(answer), gateway, Asked::public_endpoint,
                                 oauth::kAuthorizePath);
    return !refused || refused->layer() == Layer::protocol;  // and not, say, the host guard
  }
  const bool redirect = status >= 300 && status < 400;
  if (redirect) return oauth::leads_home(answer.header("Location"), gateway);
  return status == 404 || status == 405 || status == 422;
}

PasswordLogin read_login(AskAnswer answer, std::string provider) {
  PasswordLogin login;
  login.provider = std::move(provider);
  auto username = answer.take("username");
  auto password = answer.take("password");
  const auto refuse_empty = [](const char* what, const AskAnswer::Value& value) {
    if (!value.text.empty()) return;
    const auto from = value.source.empty() ? std::string() : " from " + printable(value.source);
    throw Error(Layer::config, "the " + std::string(what) + from + " is empty").with_person();
  };
  refuse_empty("user name", username);
  refuse_empty("password", password);
  login.username = std::move(username.text);
  login.password = std::move(password.text);
  return login;
}

}  // namespace

Task<> OAuthScheme::sign_in(SignIn how) {
  if (!offer_ || offer_->providers.empty()) offer_ = co_await ask_offer();
  const auto plan = oauth::make_plan(*offer_, how.way.empty() ? usual_way_ : how.way,
                                     how.provider.empty() ? usual_provider_ : how.provider);
  if (plan.way == Way::password) {
    co_await sign_in_with_password(plan.provider.name);
  } else {
    if (!how.may_ask) {
      if (ended_) throw *ended_;
      throw Error(Layer::gate, "the gateway wants a sign-in, and nobody is at a browser for it")
          .with_sign_in()
          .with_next("Sign in first (pintle sign-in), then try again.");
    }
    if (plan.way == Way::window) {
      co_await sign_in_with_window(plan.provider);
    } else {
      co_await sign_in_with_browser(plan.provider.name);
    }
  }
  co_await learn_who();
}

Task<Offer> OAuthScheme::ask_offer() {
  const auto status = co_await get(std::string(oauth::kStatusPath)).may_repeat();
  auto probe = read_status(whole_response(status), gateway_);
  if (!probe.auth_required) {
    throw Error(Layer::config, "the gateway's gate is off: nobody can sign in to it")
        .with_person()
        .with_next("Probe the gateway again: it takes a session token.");
  }
  const auto providers = co_await get(std::string(oauth::kProvidersPath)).may_repeat();
  read_providers(whole_response(providers), gateway_, probe);
  co_return Offer::of(probe);
}

Task<PasswordLogin> OAuthScheme::ask_password(std::string provider) {
  auto need = Ask("Sign in to " + gateway_.authority() + " with " + printable(provider, 60) + ".")
                  .plain("username", "User name")
                  .secret("password", "Password");
  auto answer = co_await std::move(need);
  co_return read_login(std::move(answer), std::move(provider));
}

Task<> OAuthScheme::sign_in_with_password(std::string provider) {
  const bool native = offer_->native;
  const auto login = co_await ask_password(std::move(provider));
  if (native) {
    const bool done = co_await try_native_password(login);
    if (done) co_return;
  }
  // Native sign-in need not serve passwords. Cookies are no step down then: the same person gives
  // the same password to the same gateway, which knows no stronger way to take it.
  co_await sign_in_with_cookies(login);
}

// False where the gateway does not serve native sign-in for this provider; the password was not
// sent then.
Task<bool> OAuthScheme::try_native_password(const PasswordLogin& login) {
  auto moment = co_await now();
  auto pkce = oauth::make_pkce(moment.random);
  auto begin = oauth::begin_native(login.provider, pkce);
  const auto begun = co_await std::move(begin);
  moment = co_await now();
  const auto cookie = sign_in_cookie(begun, gateway_, moment.now_ms);
  const bool redirect = begun.status() >= 300 && begun.status() < 400;
  if (cookie.empty() || (!redirect && begun.status() != 200)) {
    if (declines_native(begun, gateway_)) co_return false;
    auto refused =
        refusal(oauth::core_response(begun), gateway_, Asked::native_token, oauth::kAuthorizePath);
    if (refused) throw *std::move(refused);
    co_return false;
  }
  auto need = oauth::password_login(login, cookie);
  const auto answer = co_await std::move(need);
  moment = co_await now();
  auto refused = refusal(oauth::core_response(answer), gateway_, Asked::password_sign_in,
                         oauth::kPasswordPath);
  if (refused) throw *std::move(refused);
  const auto object = oauth::JsonObject::parse(answer.body());
  const auto next = object ? object->secret("next") : Secret();
  const auto address = next.reveal();
  if (address.starts_with(oauth::kNobodysRedirect) &&
      address.substr(oauth::kNobodysRedirect.size()).starts_with('?')) {
    auto code = oauth::code_from(address, pkce.state);
    co_await redeem(std::move(code), std::move(pkce), login.provider);
  } else {
    // It took the password and paid no heed to what was begun: then it has set its cookies.
    accept_cookies(answer, {std::string(login.username.reveal()), login.provider}, moment.now_ms);
  }
  co_return true;
}

Task<> OAuthScheme::sign_in_with_cookies(const PasswordLogin& login) {
  auto need = oauth::password_login(login, Secret());
  const auto answer = co_await std::move(need);
  const auto moment = co_await now();
  auto refused = refusal(oauth::core_response(answer), gateway_, Asked::password_sign_in,
                         oauth::kPasswordPath);
  if (refused) throw *std::move(refused);
  accept_cookies(answer, {std::string(login.username.reveal()), login.provider}, moment.now_ms);
}

void OAuthScheme::accept_cookies(const HttpAnswer& answer, oauth::Person person,
                                 std::int64_t now_ms) {
  CookieSession cookies(gateway_);
  const auto taken =
      cookies.take(oauth::set_cookies(answer), CookieSession::Deletions::ignore, now_ms);
  if (!cookies.is_alive(now_ms)) {
    const bool refused = taken.worst != CookieVerdict::stored;
    throw Error(
        Layer::gate,
        std::string("the gateway took the sign-in and set no session cookie") +
            (refused ? " that may be kept (" + std::string(name_of(taken.worst)) + ")" : ""))
        .with_status(answer.status())
        .with_person()
        .with_next(taken.worst == CookieVerdict::not_secure
                       ? "Use the gateway's https URL: its cookies are for https alone."
                       : "Check that the URL is the one that the gateway believes it has.");
  }
  begin_session(std::move(cookies), std::move(person));
}

Task<> OAuthScheme::sign_in_with_browser(std::string provider) {
  const auto moment = co_await now();
  auto pkce = oauth::make_pkce(moment.random);
  auto visit = BrowserVisit::until_callback(
      gateway_.text() + oauth::authorize_target(provider, pkce, "{redirect_uri}"), pkce.state);
  const auto visited = co_await std::move(visit);
  auto code = oauth::code_from(visited.callback_url(), pkce.state);
  co_await redeem(std::move(code), std::move(pkce), std::move(provider));
}

Task<> OAuthScheme::redeem(Secret code, oauth::Pkce pkce, std::string provider) {
  // Never twice: any attempt burns the code.
  auto need = oauth::redeem_code(code, pkce.verifier);
  const auto answer = co_await std::move(need);
  const auto moment = co_await now();
  auto refused =
      refusal(oauth::core_response(answer), gateway_, Asked::native_token, oauth::kTokenPath);
  if (refused) throw *std::move(refused);
  auto read = oauth::read_token_answer(answer, moment);
  // The refresh wants the provider's name, so one that the answer leaves out is filled in.
  if (read.person.provider.empty()) read.person.provider = std::move(provider);
  begin_session(std::move(read.tokens), std::move(read.person));
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
    cookies.take_bare(cookie.name, cookie.value, moment.now_ms);
  }
  if (!cookies.is_alive(moment.now_ms)) {
    throw Error(Layer::gate, "the browser came back without one of the gateway's session cookies")
        .with_sign_in()
        .with_next(
            "Sign in again, and wait for the gateway's own page before you close the "
            "window.");
  }
  begin_session(std::move(cookies), {"", std::move(provider.name)});
}

// Whose session it is. To know it is a comfort: nothing that goes wrong here fails the sign-in.
Task<> OAuthScheme::learn_who() {
  const auto moment = co_await now();
  if (!is_alive(moment.now_ms)) co_return;
  const auto credential = credential_;
  const bool whole = sends_whole(oauth::kWhoPath, moment.now_ms);
  auto need = with_credential(get(std::string(oauth::kWhoPath)), oauth::kWhoPath, moment.now_ms);
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
      person_.user = std::move(user);
      break;
    }
    // The token's own answer goes before: a refresh must name the provider as that did.
    if (person_.provider.empty()) person_.provider = object->text("provider");
    session_changed();
  } catch (const Error&) {
  }
}

}  // namespace pintle
