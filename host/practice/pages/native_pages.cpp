// SPDX-License-Identifier: Apache-2.0
#include "practice/pages/native_pages.h"

#include <algorithm>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/text/percent.h>

namespace pintle::practice {
namespace {

// The length of base64url(SHA-256(…)): 32 bytes are 43 characters.
constexpr std::size_t kChallengeSize = 43;

HttpResponse pair_response(const TokenPair& pair) {
  auto object = ordered_object();
  object.set("access_token", pair.access);
  object.set("refresh_token", pair.refresh);
  object.set("token_type", "Bearer");
  object.set("expires_at", pair.facts.access_expires_ms / 1000);
  object.set("provider", pair.facts.provider);
  object.set("user_id", pair.facts.user_id);
  auto response = json_response(200, object);
  response.headers.add("Cache-Control", "no-store");
  return response;
}

HttpResponse session_expired() {
  auto object = ordered_object();
  object.set("error", "session_expired");
  return json_response(401, object);
}

}  // namespace

bool is_native_redirect(const std::string& uri) {
  // Compared as text: 127.1 or an address in hex is not the literal.
  if (!uri.starts_with("http://127.0.0.1") && !uri.starts_with("http://[::1]")) return false;
  if (uri.find('#') != std::string::npos) return false;
  try {
    const auto url = AbsoluteUrl::parse(uri);
    return !url.origin.secure && (url.origin.host == "127.0.0.1" || url.origin.host == "::1");
  } catch (const Error&) {
    return false;
  }
}

std::optional<HttpResponse> NativePages::answer(const Request& request) {
  if (state_.options.gate == Gate::cookie && request.path == "/auth/native/authorize") {
    // Older gateways do not have the page and redirect to the sign-in as from any other
    // (gateway-contract 8).
    return redirect_response(state_.options.prefix + "/login");
  }
  if (state_.options.gate != Gate::native) return std::nullopt;
  if (request.is("GET", "/auth/native/authorize")) return authorize(request);
  if (request.is("POST", "/auth/native/token")) return token(request);
  if (request.is("POST", "/auth/native/refresh")) return refresh(request);
  return std::nullopt;
}

HttpResponse NativePages::chooser(const Request& request) const {
  std::string body;
  for (const auto& provider : state_.options.providers) {
    std::string link = state_.options.prefix +
                       "/auth/native/authorize?provider=" + encode_component(provider.name);
    for (const auto& [name, value] : request.query) {
      if (name != "provider") link += "&" + encode_component(name) + "=" + encode_component(value);
    }
    body += "<p><a href=\"" + escape_html(link) + "\">" + escape_html(provider.display_name) +
            "</a></p>\n";
  }
  return html_response(200, "Choose a provider", body);
}

HttpResponse NativePages::authorize(const Request& request) {
  const auto& options = state_.options;
  NativeRequest native;
  native.redirect_uri = request.query_value("redirect_uri").value_or("");
  native.challenge = request.query_value("code_challenge").value_or("");
  native.state = request.query_value("state").value_or("");
  if (!is_native_redirect(native.redirect_uri)) {
    return detail_response(400, "redirect_uri must be http on 127.0.0.1 or [::1]");
  }
  if (request.query_value("code_challenge_method") != "S256") {
    return detail_response(400, "code_challenge_method must be S256");
  }
  if (native.challenge.size() != kChallengeSize ||
      !std::all_of(native.challenge.begin(), native.challenge.end(), is_unreserved)) {
    return detail_response(400, "code_challenge is not one of method S256");
  }
  const auto name = request.query_value("provider").value_or("");
  const auto* provider = options.find_provider(name);
  if (name.empty() && !options.providers.empty()) {
    if (options.empty_provider == EmptyProvider::chooser) return chooser(request);
    if (options.empty_provider == EmptyProvider::pick) provider = &options.providers.front();
  }
  if (!provider) return detail_response(404, "Unknown provider");
  if (provider->supports_password && !options.native_password) {
    return html_response(400, "Sign-in failed", "<p>This provider has no native sign-in.</p>");
  }
  if (state_.faults.provider_down(provider->name)) {
    return detail_response(503, "Auth provider '" + provider->name + "' unreachable");
  }
  SignIn sign_in;
  sign_in.native = std::move(native);
  return pages_.begin(request, std::move(sign_in), *provider);
}

HttpResponse NativePages::token(const Request& request) {
  const auto body = json_body(request);
  // Any failure is a 400 (gateway-contract 4).
  if (!body) return detail_response(400, "The body is not a JSON object");
  const auto grant =
      state_.native_codes.redeem(text_of(*body, "code"), text_of(*body, "code_verifier"));
  const auto* provider = grant ? state_.options.find_provider(grant->provider) : nullptr;
  if (!provider) return detail_response(400, "Invalid or expired code");
  return pair_response(state_.sessions.open(*provider, grant->user));
}

HttpResponse NativePages::refresh(const Request& request) {
  const auto body = json_body(request);
  const auto refresh_token = body ? text_of(*body, "refresh_token") : "";
  const auto provider = state_.sessions.provider_of_refresh(refresh_token);
  if (!provider || text_of(*body, "provider") != *provider) return session_expired();
  if (state_.faults.provider_down(*provider)) {
    return detail_response(503, "Auth provider '" + *provider + "' unreachable");
  }
  const auto pair = state_.sessions.refresh(refresh_token);
  return pair ? pair_response(*pair) : session_expired();
}

}  // namespace pintle::practice
