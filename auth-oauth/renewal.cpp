// SPDX-License-Identifier: Apache-2.0
//
// Renews a session: a bearer by its refresh token, cookies by a request on which the gateway renews
// them.

#include <algorithm>
#include <utility>

#include "oauth_scheme.h"
#include "wire/answers.h"
#include "wire/json_object.h"

namespace pintle {

using namespace plugin;  // NOLINT(google-build-using-namespace): this file is the plugin
using oauth::BearerTokens;
using oauth::CookieSession;

namespace {

constexpr std::int64_t kHostsMarginMs = 30'000;  // A host may run a refresh this much early.
constexpr std::int64_t kPauseMs = 15'000;        // After a failed renewal.
constexpr std::int64_t kTransitMs = 10'000;      // The time within which a request arrives.

// A newly issued token is used once for this long after its end: if it lives for a second or two, a
// slow connection would renew it again and again and never use it.
constexpr std::int64_t kFirstUseMs = 60'000;

// Returns true if the gateway may have renewed the session although its response was lost: a broken
// connection or a timeout, here or between a proxy and the gateway.
bool is_ambiguous(const Error& error) {
  const int status = error.http_status();
  return (error.layer() == Layer::tcp && status == 0) || status == 502 || status == 504 ||
         (status >= 520 && status <= 524);
}

// gateway-contract 4: only this response is final.
bool says_expired(const HttpAnswer& answer) {
  const auto object = oauth::JsonObject::parse(answer.body());
  return object && object->text("error") == "session_expired";
}

}  // namespace

// Returns when the host should run a refresh; 0: never.
std::int64_t OAuthScheme::renew_at_ms(std::int64_t now_ms) const noexcept {
  std::int64_t at_ms = 0;
  if (const auto* tokens = std::get_if<BearerTokens>(&session_)) {
    if (tokens->refresh.empty()) return 0;
    at_ms = rejected_ ? now_ms : tokens->refresh_at_ms;
  } else if (const auto* cookies = std::get_if<CookieSession>(&session_)) {
    const bool renewable = rejected_ && cookies->has(SessionCookie::refresh, now_ms);
    at_ms = renewable ? now_ms : cookies->renew_at_ms(now_ms);
  }
  return at_ms == 0 ? 0 : std::max(at_ms, postponed_until_ms_);
}

bool OAuthScheme::is_due(std::int64_t now_ms) const noexcept {
  const auto at_ms = renew_at_ms(now_ms);
  if (at_ms == 0) return false;
  return now_ms >= (postponed_until_ms_ == 0 ? at_ms - kHostsMarginMs : at_ms);
}

// Returns true if the gateway would refuse the current credential until it is renewed.
bool OAuthScheme::is_lapsed(std::int64_t now_ms) const noexcept {
  if (now_ms < postponed_until_ms_) return false;
  if (const auto* tokens = std::get_if<BearerTokens>(&session_)) {
    const auto over_ms = tokens->expires_ms + (untried_ ? kFirstUseMs : 0);
    const bool over = tokens->expires_ms != 0 && over_ms <= now_ms;
    return !tokens->refresh.empty() && (rejected_ || over);
  }
  const auto* cookies = std::get_if<CookieSession>(&session_);
  return cookies != nullptr && cookies->has(SessionCookie::refresh, now_ms) &&
         (rejected_ || !cookies->has(SessionCookie::access, now_ms));
}

Task<> OAuthScheme::refresh() {
  const auto moment = co_await now();
  if (!is_due(moment.now_ms)) co_return;
  if (std::holds_alternative<BearerTokens>(session_)) {
    co_await renew_bearer();
  } else {
    co_await renew_cookies();
  }
}

// After a failure: returns true if the current credential is still valid for a while, so that the
// failure need not be reported.
bool OAuthScheme::postpone(const Error& failure, std::int64_t now_ms) {
  std::int64_t good_until_ms = 0;
  if (const auto* tokens = std::get_if<BearerTokens>(&session_)) {
    good_until_ms = rejected_ ? 0 : tokens->expires_ms;
  } else if (const auto* cookies = std::get_if<CookieSession>(&session_)) {
    if (!rejected_ && cookies->has(SessionCookie::access, now_ms))
      good_until_ms = cookies->access_expires_ms();
  }
  // Requests that arrive with an expired access cookie would each renew the pair.
  good_until_ms -= kTransitMs;
  if (good_until_ms <= now_ms) return false;
  const auto pause_ms = std::max(kPauseMs, failure.retry_after_ms());
  postponed_until_ms_ = std::min(now_ms + pause_ms, good_until_ms);
  return true;
}

Task<> OAuthScheme::renew_bearer() {
  for (bool last_try = false;; last_try = true) {
    const auto* bearer = std::get_if<BearerTokens>(&session_);
    if (bearer == nullptr || bearer->refresh.empty()) co_return;
    auto need = oauth::refresh_bearer(*bearer, user_.provider);
    std::optional<Error> failure;
    try {
      const auto answer = co_await std::move(need);
      const auto moment = co_await now();
      failure = classify_response(oauth::core_response(answer), gateway_,
                                  RequestPurpose::native_refresh, oauth::kRefreshPath);
      if (!failure) {
        take_tokens(answer, moment);
        co_return;
      }
      hide_session(*failure);
      if (failure->needs_sign_in() && answer.status() == 401 && says_expired(answer)) {
        end_session(failure);
      }
    } catch (const Error& error) {
      failure = error;
    }
    if (failure->needs_sign_in()) throw *std::move(failure);
    // At once, with the same token: a provider that rotates accepts the old one again only for a
    // moment.
    if (is_ambiguous(*failure) && !last_try) continue;
    const auto moment = co_await now();
    if (postpone(*failure, moment.now_ms)) co_return;
    throw *std::move(failure);
  }
}

// What the answer does not name stays as it was.
void OAuthScheme::take_tokens(const HttpAnswer& answer, const plugin::Moment& moment) {
  auto read = oauth::read_token_answer(answer, moment);
  auto& tokens = std::get<BearerTokens>(session_);
  // An empty one means that the old one stays valid (gateway-contract 4).
  if (read.tokens.refresh.empty()) read.tokens.refresh = std::move(tokens.refresh);
  const bool mends = rejected_;
  if (read.user.id.empty()) read.user.id = user_.id;
  if (read.user.provider.empty()) read.user.provider = user_.provider;
  begin_session(std::move(read.tokens), std::move(read.user));
  doubted_ = mends;
}

Task<> OAuthScheme::renew_cookies() {
  for (bool last_try = false;; last_try = true) {
    auto moment = co_await now();
    const auto* cookie_session = std::get_if<CookieSession>(&session_);
    if (cookie_session == nullptr || !cookie_session->has(SessionCookie::refresh, moment.now_ms))
      co_return;
    const auto credential = credential_;
    const bool mends = rejected_;
    rejected_cookie_.reset();
    const auto cookies = cookie_session->renewal_header(oauth::kUserInfoPath, moment.now_ms);
    auto need =
        get(std::string(oauth::kUserInfoPath)).header("Cookie", std::string(cookies.reveal()));
    std::optional<Error> failure;
    try {
      const auto answer = co_await std::move(need);
      moment = co_await now();
      classify_answer(answer, credential, true, RequestPurpose::rest, oauth::kUserInfoPath,
                      moment.now_ms);
      if (credential_ == credential) {
        // The gateway accepted it without a fresh pair: do not ask it again on every request.
        postponed_until_ms_ = moment.now_ms + 4 * kPauseMs;
      } else {
        doubted_ = mends;
      }
      co_return;
    } catch (const Error& error) {
      failure = error;
    }
    if (failure->needs_sign_in() || rejected_cookie_) throw *std::move(failure);
    if (is_ambiguous(*failure) && !last_try) continue;
    moment = co_await now();
    if (credential_ != credential || postpone(*failure, moment.now_ms)) co_return;
    throw *std::move(failure);
  }
}

}  // namespace pintle
