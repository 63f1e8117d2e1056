// SPDX-License-Identifier: Apache-2.0
#include "practice/gates/gate_cookie.h"

#include <pintle/core/text/percent.h>

#include "practice/gates/gate_api_key.h"
#include "practice/gates/gate_greeting.h"
#include "practice/gates/gate_token.h"

namespace pintle::practice {

std::unique_ptr<GateRules> make_gate(GatewayState& state) {
  switch (state.options.gate) {
    case Gate::cookie:
      return std::make_unique<CookieGate>(state);
    case Gate::native:
      return std::make_unique<NativeGate>(state);
    case Gate::greeting:
      return std::make_unique<GreetingGate>(state);
    case Gate::api_key:
      return std::make_unique<ApiKeyGate>(state);
    case Gate::none:
      break;
  }
  return std::make_unique<TokenGate>(state);
}

std::optional<std::string_view> bearer_of(const Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  const auto field = request.headers.get("Authorization");
  if (!same_field_name(field.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  return field.substr(kScheme.size());
}

void set_session_cookies(const GatewayState& state, Headers& headers, const TokenPair& pair) {
  const auto& cookies = state.cookies;
  const auto month = state.options.lifetimes.refresh_ms;
  cookies.set(headers, kAccessCookie, pair.access, pair.facts.access_expires_ms - state.now_ms());
  if (!pair.refresh.empty()) cookies.set(headers, kRefreshCookie, pair.refresh, month);
  if (state.options.gate == Gate::native) {
    cookies.set(headers, kProviderCookie, pair.facts.provider, month);
  }
}

HttpResponse CookieGate::refuse(const Request& request, std::string_view error,
                                std::string_view reason) const {
  // A page is for a user: it redirects to the sign-in at once.
  const auto login = state_.options.prefix + "/login";
  if (!request.path.starts_with("/api/")) return redirect_response(login);
  auto object = ordered_object();
  object.set("error", std::string(error));
  object.set("reason", std::string(reason));
  object.set("login_url", login + "?next=" + encode_component(request.full_path));
  return json_response(401, object);
}

Admission CookieGate::dead(const Request& request) const {
  Admission admission;
  admission.refusal = refuse(request, "session_expired", "invalid_or_expired_session");
  state_.cookies.clear_session(admission.cookies);
  return admission;
}

Admission CookieGate::refresh(const Request& request, std::string_view token) {
  const auto provider = state_.sessions.provider_of_refresh(token);
  if (!provider) return dead(request);
  Admission admission;
  if (state_.faults.provider_down(*provider)) {
    admission.refusal = detail_response(503, "Auth provider '" + *provider + "' unreachable");
    return admission;
  }
  auto pair = state_.sessions.refresh(token);
  if (!pair) return dead(request);
  // A token that does not rotate is set again, as the gateway does, to extend the cookie.
  if (pair->refresh.empty()) pair->refresh = token;
  set_session_cookies(state_, admission.cookies, *pair);
  admission.session = pair->facts;
  return admission;
}

Admission CookieGate::admit(const Request& request) {
  const RequestCookies sent(request);
  const auto access = state_.cookies.read(sent, kAccessCookie);
  const auto refresh_token = state_.cookies.read(sent, kRefreshCookie);
  if (access) {
    if (auto session = state_.sessions.check(*access)) {
      Admission admission;
      admission.session = std::move(*session);
      return admission;
    }
  }
  // A jar with only the refresh cookie is a live session (gateway-contract 3).
  if (refresh_token) return refresh(request, *refresh_token);
  if (sent.find(kAccessCookie) || sent.find(kRefreshCookie)) return dead(request);
  Admission admission;
  admission.refusal = refuse(request, "unauthenticated", "no_cookie");
  return admission;
}

bool CookieGate::admit_upgrade(const Request& request) {
  // The static token is refused everywhere in gated mode (gateway-contract 1).
  return state_.tickets.redeem(request.query_value("ticket").value_or(""));
}

Admission NativeGate::admit(const Request& request) {
  const auto bearer = bearer_of(request);
  if (!bearer) return CookieGate::admit(request);
  Admission admission;
  if (auto session = state_.sessions.check(*bearer)) {
    admission.session = std::move(*session);
  } else {
    // No cookie is deleted: the gateway never refreshes or ends a bearer by itself.
    admission.refusal = refuse(request, "session_expired", "invalid_or_expired_session");
  }
  return admission;
}

}  // namespace pintle::practice
