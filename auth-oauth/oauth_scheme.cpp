// SPDX-License-Identifier: Apache-2.0
#include "oauth_scheme.h"

#include <utility>

#include <pintle/core/text/printable.h>

#include "wire/answers.h"
#include "wire/json_object.h"

namespace pintle {

using namespace plugin;  // NOLINT(google-build-using-namespace): this file is the plugin
using oauth::BearerTokens;
using oauth::CookieSession;

namespace {

// A credential's number and whether all of it was sent; the host returns it with the response.
std::uint64_t number_of(std::uint64_t credential, bool whole) noexcept {
  return credential << 1U | static_cast<std::uint64_t>(whole);
}

}  // namespace

Match OAuthScheme::match(const plugin::Probe& probe) {
  if (!probe.flows().empty() && !probe.has_flow("cookie") && !probe.has_flow("native_pkce")) {
    return {0, "the gateway offers sign-in methods other than cookies and native_pkce"};
  }
  return {facts.score, std::string(facts.reason)};
}

OAuthScheme::OAuthScheme(const Opening& opening)
    : gateway_(GatewayUrl::parse(opening.base_url())),
      usual_method_(opening.setting("method").value_or("")),
      usual_provider_(opening.setting("provider").value_or("")) {
  if (const auto probe = opening.probe()) offer_ = oauth::Offer::of(*probe);
  try {
    auto stored = oauth::from_bytes(opening.session(), gateway_);
    session_ = std::move(stored.session);
    user_ = std::move(stored.user);
  } catch (const Error& error) {
    // The bytes stay in the store until a sign-in replaces them.
    ended_ = error;
  }
}

Decoration OAuthScheme::decorate(const Request& request, const HeaderSink& headers) const {
  const auto now_ms = request.now_ms();
  if (!is_alive(now_ms)) throw missing();
  // The same for every kind of request: the host compares the numbers.
  const bool whole = sends_whole(request.target(), now_ms);
  // The upgrade has its ticket, and a request carries only one kind of credential.
  if (!request.is_upgrade()) {
    if (const auto* tokens = std::get_if<BearerTokens>(&session_)) {
      std::string value;
      value.reserve(7 + tokens->access.size());
      value.append("Bearer ").append(tokens->access.reveal());
      headers.add("Authorization", value);
      wipe(value);
    } else {
      const auto& cookie_session = std::get<CookieSession>(session_);
      const auto cookies = whole ? cookie_session.header(request.target(), now_ms)
                                 : cookie_session.access_header(request.target(), now_ms);
      if (!cookies.empty()) headers.add("Cookie", cookies.reveal());
    }
  }
  return {.valid_until_ms = renew_at_ms(now_ms), .credential = number_of(credential_, whole)};
}

Observation OAuthScheme::observe(const Response& response) {
  const auto fields = oauth::set_cookies(response);
  const ObservedAnswer observed{response.credential() >> 1U, (response.credential() & 1U) != 0,
                                fields, response.to_upgrade(), response.now_ms()};
  if (response.status() == 401 && !observed.to_upgrade) {
    try {
      const auto verdict =
          classify(observed, oauth::core_response(response), RequestPurpose::rest, "/api/");
      return verdict == Verdict::retry ? Observation::retry_once : Observation::none;
    } catch (const Error& error) {
      if (error.needs_sign_in()) throw;
      return Observation::none;  // From an intermediary: for the app to see.
    }
  }
  const bool current = observed.credential == credential_;
  if (current) untried_ = false;
  if (current && sends_to_sign_in(observed, response.status())) {
    rejected_ = true;
    postponed_until_ms_ = 0;
    return Observation::retry_once;
  }
  take_cookies(observed, response.status());
  if (current && !observed.to_upgrade && response.status() < 500) doubted_ = false;
  return Observation::none;
}

// The gate of a page answers an unauthenticated request as it answers a sign-out: with a redirect
// that deletes the cookies. If the refresh cookie was not sent, it means no more than a 401.
bool OAuthScheme::sends_to_sign_in(const ObservedAnswer& observed, int status) const {
  const auto* cookies = std::get_if<CookieSession>(&session_);
  return cookies != nullptr && !observed.whole && !observed.to_upgrade && !doubted_ &&
         status >= 300 && status < 400 && cookies->has(SessionCookie::refresh, observed.now_ms) &&
         CookieSession::is_deleted_by(observed.set_cookies, observed.now_ms);
}

// Returns true if the pair has changed.
bool OAuthScheme::take_cookies(const ObservedAnswer& observed, int status) {
  rejected_cookie_.reset();
  auto* cookies = std::get_if<CookieSession>(&session_);
  // A response to a refresh token that has been replaced since contains nothing newer.
  if (cookies == nullptr || observed.credential < lineage_) return false;
  // A session is deleted by the 401 of an ended session and by a sign-out's redirect. It is not
  // ended by a failing server, nor by a response to an older credential or to a request without the
  // credential or without the refresh cookie.
  const bool may_end = observed.credential == credential_ && observed.whole &&
                       !observed.to_upgrade && (status == 401 || status < 400);
  const auto taken =
      cookies->take(observed.set_cookies,
                    may_end ? CookieSession::Deletions::honour : CookieSession::Deletions::ignore,
                    observed.now_ms);
  rejected_cookie_ = taken.refused;
  if (taken.changed) session_changed();
  if (taken.pair) {
    ++credential_;
    postponed_until_ms_ = 0;
    rejected_ = doubted_ = false;
  }
  if (taken.refresh) lineage_ = credential_;
  if (!cookies->is_alive(observed.now_ms) && taken.pair && status != 401) end_session(std::nullopt);
  return taken.pair;
}

void OAuthScheme::hide_session(Error& error) const {
  if (const auto* tokens = std::get_if<BearerTokens>(&session_)) {
    error.without(tokens->access.reveal()).without(tokens->refresh.reveal());
  } else if (const auto* cookies = std::get_if<CookieSession>(&session_)) {
    cookies->for_each_value([&](std::string_view value) { error.without(value); });
  }
}

// Applies the response to a request with the session's credential. Throws the refusal, if it is
// one.
OAuthScheme::Verdict OAuthScheme::classify(const ObservedAnswer& observed,
                                           const HttpResponse& response, RequestPurpose purpose,
                                           std::string_view path) {
  auto refused = classify_response(response, gateway_, purpose, path);
  if (refused) hide_session(*refused);
  const bool current = observed.credential == credential_;
  if (current) untried_ = false;
  const bool renewed = take_cookies(observed, response.status);
  if (!refused && rejected_cookie_) {
    throw Error(Layer::session, "cannot store the cookie of the renewed session (" +
                                    std::string(name_of(*rejected_cookie_)) + ")")
        .with_status(response.status)
        .with_user_action()
        .with_hint(oauth::advice_for(rejected_cookie_));
  }
  if (!refused) {
    if (current) doubted_ = false;
    return Verdict::accepted;
  }
  if (!refused->needs_sign_in()) throw *std::move(refused);
  // The credential has changed since, perhaps by this very response: it has not been refused.
  if (!current || (renewed && is_alive(observed.now_ms))) return Verdict::retry;
  if (response.status != 401) throw *std::move(refused);
  return classify_dead(observed, renewed, *std::move(refused));
}

// Handles a 401 for the current credential.
OAuthScheme::Verdict OAuthScheme::classify_dead(const ObservedAnswer& observed, bool renewed,
                                                Error refused) {
  const bool is_final = refused.layer() == Layer::session;
  if (const auto* tokens = std::get_if<BearerTokens>(&session_)) {
    // The gateway never refreshes a bearer by itself: an expired one looks ended, but is not.
    if (!tokens->refresh.empty()) {
      if (doubted_) throw std::move(refused);
      rejected_ = true;
      postponed_until_ms_ = 0;
      return Verdict::retry;
    }
    if (is_final) end_session(refused);
    throw std::move(refused);
  }
  if (!observed.whole) {
    if (doubted_) throw std::move(refused);
    rejected_ = true;
    postponed_until_ms_ = 0;
    return Verdict::retry;
  }
  // This response deleted the last cookie, whatever its body says.
  if (renewed && !is_alive(observed.now_ms) && !is_final) {
    refused = Error(Layer::session, "the session has ended")
                  .with_status(401)
                  .with_sign_in()
                  .with_hint("Sign in again (pintle sign-in).");
    end_session(refused);
  } else if (is_final) {
    end_session(refused);
  }
  throw std::move(refused);
}

OAuthScheme::Verdict OAuthScheme::classify_answer(const HttpAnswer& answer,
                                                  std::uint64_t credential, bool whole,
                                                  RequestPurpose purpose, std::string_view path,
                                                  std::int64_t now_ms) {
  const auto fields = oauth::set_cookies(answer);
  return classify({credential, whole, fields, false, now_ms}, oauth::core_response(answer), purpose,
                  path);
}

// Returns true if a request carries the refresh cookie too: if there is nothing else to send, so
// that the gateway can revoke it, and if a renewal returned no access cookie but the refused one.
bool OAuthScheme::sends_whole(std::string_view target, std::int64_t now_ms) const noexcept {
  const auto* cookies = std::get_if<CookieSession>(&session_);
  if (cookies == nullptr) return false;
  return rejected_ || target == oauth::kLogoutPath ||
         !cookies->has(SessionCookie::access, now_ms) ||
         !cookies->has(SessionCookie::refresh, now_ms);
}

Http OAuthScheme::with_credential(Http need, std::string_view path, std::int64_t now_ms) const {
  if (const auto* tokens = std::get_if<BearerTokens>(&session_)) {
    return std::move(need).header("Authorization",
                                  "Bearer " + std::string(tokens->access.reveal()));
  }
  const auto& cookie_session = std::get<CookieSession>(session_);
  const auto cookies = sends_whole(path, now_ms) ? cookie_session.header(path, now_ms)
                                                 : cookie_session.access_header(path, now_ms);
  return std::move(need).header("Cookie", std::string(cookies.reveal()));
}

Task<WsUrl> OAuthScheme::resolve_ws_url(WsTarget target) {
  for (bool last_try = false;; last_try = true) {
    auto moment = co_await now();
    if (!is_alive(moment.now_ms)) throw missing();
    // The host renews, under the machine's lock: here another process might renew as well.
    if (is_lapsed(moment.now_ms)) throw lapsed();
    const auto credential = credential_;
    const bool whole = sends_whole(oauth::kTicketPath, moment.now_ms);
    auto need =
        with_credential(post(std::string(oauth::kTicketPath)), oauth::kTicketPath, moment.now_ms);
    // A second ticket is harmless. A second use of a refresh cookie may end the session.
    if (!whole) need = std::move(need).may_repeat();
    const auto answer = co_await std::move(need);
    moment = co_await now();
    const auto verdict = classify_answer(answer, credential, whole, RequestPurpose::ticket,
                                         oauth::kTicketPath, moment.now_ms);
    if (verdict == Verdict::retry) {
      if (!last_try || is_lapsed(moment.now_ms)) continue;
      throw Error(Layer::ticket,
                  "cannot mint a WebSocket ticket: the gateway refused the renewed session")
          .with_status(answer.status())
          .with_retry();
    }
    const auto object = oauth::JsonObject::parse(answer.body());
    const auto ticket = object ? object->secret("ticket") : Secret();
    if (ticket.empty()) {
      throw Error(Layer::ticket, "cannot mint a WebSocket ticket: the gateway's answer has none")
          .with_status(answer.status())
          .with_hint("Check the gateway's URL and version.");
    }
    co_return std::move(target).with_query("ticket", ticket.reveal()).single_use();
  }
}

Secret OAuthScheme::session() const { return oauth::to_bytes(session_, user_, gateway_); }

void OAuthScheme::describe(const FactSink& sink) const {
  std::int64_t expires_ms = 0;
  if (const auto* tokens = std::get_if<BearerTokens>(&session_)) {
    sink.add("credential", "bearer");
    expires_ms = tokens->expires_ms;
  } else if (const auto* cookies = std::get_if<CookieSession>(&session_)) {
    sink.add("credential", "cookies");
    expires_ms = cookies->access_expires_ms();
  } else {
    return;
  }
  if (!user_.id.empty()) sink.add("user", printable(user_.id));
  if (!user_.provider.empty()) sink.add("provider", printable(user_.provider));
  if (expires_ms != 0) sink.add("expires_ms", std::to_string(expires_ms));
}

bool OAuthScheme::is_alive(std::int64_t now_ms) const noexcept {
  if (const auto* cookies = std::get_if<CookieSession>(&session_)) return cookies->is_alive(now_ms);
  return std::holds_alternative<BearerTokens>(session_);
}

void OAuthScheme::begin_session(oauth::Session session, oauth::User user) {
  session_ = std::move(session);
  user_ = std::move(user);
  ended_.reset();
  lineage_ = ++credential_;
  rejected_ = doubted_ = false;
  untried_ = true;
  postponed_until_ms_ = 0;
  session_changed();
}

void OAuthScheme::end_session(std::optional<Error> why) {
  begin_session(oauth::Session(), oauth::User());
  ended_ = std::move(why);
}

Error OAuthScheme::lapsed() {
  return Error(Layer::session, "the gateway no longer accepts the access token")
      .with_retry()
      .with_hint("Renew the session and try again.");
}

Error OAuthScheme::missing() const {
  if (ended_) return *ended_;
  if (!std::holds_alternative<std::monostate>(session_)) {
    return Error(Layer::session, "the session has expired")
        .with_sign_in()
        .with_hint("Sign in again (pintle sign-in).");
  }
  return Error(Layer::gate, "not signed in to this gateway")
      .with_sign_in()
      .with_hint("Sign in first (pintle sign-in), then try again.");
}

}  // namespace pintle

PINTLE_PLUGIN("pintle-oauth", PINTLE_OAUTH_VERSION, pintle::OAuthScheme)
