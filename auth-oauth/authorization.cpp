// SPDX-License-Identifier: Apache-2.0
#include "authorization.h"

#include <string>
#include <utility>

#include <pintle/core/gateway/classify_response.h>
#include <pintle/core/text/printable.h>

#include "cookie_session.h"
#include "wire/answers.h"
#include "wire/json_object.h"
#include "wire/requests.h"

namespace pintle::oauth {
namespace {

constexpr std::int64_t kPendingLifeMs = 600'000;  // gateway-contract 8

std::string path_below(const GatewayUrl& gateway, std::string_view path) {
  return gateway.prefix() + std::string(path);
}

// The value to send back to the password page; empty: none was set.
Secret sign_in_cookie(const plugin::HttpAnswer& answer, const GatewayUrl& gateway,
                      std::int64_t now_ms) {
  CookieJar jar(gateway);
  for (const auto field : set_cookies(answer)) {
    const auto set_cookie = parse_set_cookie(field);
    if (!set_cookie || session_cookie(set_cookie->name) != SessionCookie::pkce) continue;
    jar.set(field, path_below(gateway, kAuthorizePath), now_ms);
  }
  return jar.header(path_below(gateway, kPasswordPath), now_ms);
}

bool is_redirect(const plugin::HttpAnswer& answer) {
  return answer.status() >= 300 && answer.status() < 400;
}

bool declines_native(const plugin::HttpAnswer& answer, const GatewayUrl& gateway) {
  const int status = answer.status();
  if (status == 200 || status == 400) {
    const auto refused = classify_response(core_response(answer), gateway,
                                           RequestPurpose::public_endpoint, kAuthorizePath);
    // The page of a 400 is the gateway's own (gateway-contract 8); a 400 of the host guard is not.
    return !refused || (status == 400 && (refused->layer() == Layer::protocol ||
                                          refused->layer() == Layer::access_proxy));
  }
  if (is_redirect(answer)) return leads_home(answer.header("Location"), gateway);
  return status == 404 || status == 405 || status == 422;
}

bool has_too_many_pending(const plugin::HttpAnswer& answer) {
  if (answer.status() != 503) return false;
  const auto object = JsonObject::parse(answer.body());
  return object && object->text("detail").starts_with("too many pending native authorizations");
}

}  // namespace

Authorization read_authorization(const plugin::HttpAnswer& answer, Pkce pkce,
                                 std::string_view provider, const GatewayUrl& gateway,
                                 std::int64_t now_ms) {
  Authorization begun{std::move(pkce), sign_in_cookie(answer, gateway, now_ms)};
  if (!begun.cookie.empty() && (is_redirect(answer) || answer.status() == 200)) return begun;
  if (has_too_many_pending(answer)) {
    begun.refused =
        Error(Layer::gate, "the gateway has too many unfinished native sign-ins from this address")
            .with_status(answer.status())
            .with_retry()
            .with_retry_after_ms(kPendingLifeMs)
            .with_hint("Wait up to 10 minutes, or sign in with --with password or --with window.");
    return begun;
  }
  if (declines_native(answer, gateway)) {
    begun.refused = Error(Layer::gate, "the gateway has no native sign-in with the provider " +
                                           printable(provider, 60))
                        .with_status(answer.status())
                        .with_user_action()
                        .with_hint("Sign in with --with password or --with window.");
    return begun;
  }
  auto refused = classify_response(core_response(answer), gateway, RequestPurpose::native_token,
                                   kAuthorizePath);
  if (refused) throw *std::move(refused);
  throw Error(Layer::protocol, "the gateway's answer to " + std::string(kAuthorizePath) +
                                   " does not start a sign-in")
      .with_status(answer.status());
}

}  // namespace pintle::oauth
