// SPDX-License-Identifier: Apache-2.0
#include "practice/pages/sign_in_pages.h"

#include <pintle/core/text/percent.h>

#include "practice/gates/gate_cookie.h"
#include "practice/state/random.h"

namespace pintle::practice {
namespace {

void add_all(Headers& to, const Headers& from) {
  for (const auto& header : from) to.add(header);
}

HttpResponse unreachable(const std::string& provider) {
  return detail_response(503, "Auth provider '" + provider + "' unreachable");
}

// The password form sends JSON, as the gateway's own page does.
constexpr std::string_view kFormScript = R"(<script>
document.querySelectorAll("form").forEach(function (form) {
  form.addEventListener("submit", async function (event) {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form));
    const answer = await fetch(form.dataset.to, {method: "POST", credentials: "same-origin",
      headers: {"Content-Type": "application/json"}, body: JSON.stringify(fields)});
    const told = await answer.json();
    if (answer.ok) { location.assign(told.next); }
    else { form.querySelector("output").textContent = told.detail; }
  });
});
</script>)";

}  // namespace

std::optional<HttpResponse> SignInPages::answer(const Request& request) {
  if (request.is("GET", "/login")) return login_page(request);
  if (request.is("GET", "/auth/login")) return begin_browser(request);
  if (request.is("GET", "/auth/callback")) return callback(request);
  if (request.is("POST", "/auth/password-login")) return password_login(request);
  if (request.is("POST", "/auth/logout")) return logout(request);
  return std::nullopt;
}

HttpResponse SignInPages::login_page(const Request& request) const {
  const auto& prefix = state_.options.prefix;
  const auto only = request.query_value("provider").value_or("");
  std::string body;
  for (const auto& provider : state_.options.providers) {
    if (!only.empty() && provider.name != only) continue;
    const auto display_name = escape_html(provider.display_name);
    if (!provider.supports_password) {
      body += "<p><a href=\"" + escape_html(prefix) +
              "/auth/login?provider=" + encode_component(provider.name) + "\">" + display_name +
              "</a></p>\n";
      continue;
    }
    body += "<form data-to=\"" + escape_html(prefix) + "/auth/password-login\"><b>" + display_name +
            "</b>\n<input type=\"hidden\" name=\"provider\" value=\"" + escape_html(provider.name) +
            "\">\n<label>User <input name=\"username\"></label>\n"
            "<label>Password <input name=\"password\" type=\"password\"></label>\n"
            "<button>Sign in</button> <output></output></form>\n";
  }
  if (body.empty()) body = "<p>No provider is registered.</p>\n";
  return html_response(200, "Sign in", body + std::string(kFormScript));
}

HttpResponse SignInPages::begin(const Request& request, SignIn sign_in, const Provider& provider) {
  sign_in.provider = provider.name;
  sign_in.state = random_token();
  sign_in.address = request.peer;
  std::string location =
      state_.options.prefix + "/login?provider=" + encode_component(provider.name);
  if (!provider.supports_password) {
    location = identity_url_ + "/idp/authorize?response_type=code&client_id=pintle-practice" +
               "&redirect_uri=" + encode_component(state_.base_url(request) + "/auth/callback") +
               "&state=" + sign_in.state;
  }
  const auto cookie = state_.sign_ins.begin(std::move(sign_in));
  if (!cookie) {
    return detail_response(503, "too many pending native authorizations from this address");
  }
  auto response = redirect_response(location);
  state_.cookies.set(response.headers, kSignInCookie, *cookie, state_.options.lifetimes.sign_in_ms);
  return response;
}

HttpResponse SignInPages::begin_browser(const Request& request) {
  const auto name = request.query_value("provider").value_or("");
  const auto* provider = state_.options.find_provider(name);
  if (!provider) return detail_response(404, "Unknown provider");
  if (state_.faults.provider_down(provider->name)) return unreachable(provider->name);
  return begin(request, {}, *provider);
}

std::optional<std::string> SignInPages::sign_in_cookie(const Request& request) const {
  return state_.cookies.read(RequestCookies(request), kSignInCookie);
}

SignInPages::Finished SignInPages::finish(const Provider& provider, const std::string& user,
                                          const std::optional<NativeRequest>& native) {
  Finished finished;
  if (native) {
    const auto code = state_.native_codes.mint({provider.name, user, native->challenge});
    const auto joint = native->redirect_uri.find('?') == std::string::npos ? "?" : "&";
    finished.next = native->redirect_uri + joint + "code=" + encode_component(code) +
                    "&state=" + encode_component(native->state);
  } else {
    finished.next = state_.options.prefix + "/";
    set_session_cookies(state_, finished.cookies, state_.sessions.open(provider, user));
  }
  return finished;
}

HttpResponse SignInPages::callback(const Request& request) {
  const auto cookie = sign_in_cookie(request);
  const auto sign_in = cookie ? state_.sign_ins.find(*cookie) : std::nullopt;
  if (!sign_in || request.query_value("state") != sign_in->state) {
    return html_response(400, "Sign-in failed", "<p>This sign-in is not known, or too old.</p>");
  }
  state_.sign_ins.end(*cookie);
  const auto* provider = state_.options.find_provider(sign_in->provider);
  if (!provider || state_.faults.provider_down(sign_in->provider)) {
    return unreachable(sign_in->provider);
  }
  const auto user = identity_.redeem(request.query_value("code").value_or(""),
                                     state_.base_url(request) + "/auth/callback");
  if (!user) {
    // For a native client too: an error never reaches its redirect address (gateway-contract 4).
    auto refused = html_response(400, "Sign-in refused", "<p>You can close this page.</p>");
    state_.cookies.clear(refused.headers, kSignInCookie);
    return refused;
  }
  const auto finished = finish(*provider, *user, sign_in->native);
  auto response = redirect_response(finished.next);
  add_all(response.headers, finished.cookies);
  state_.cookies.clear(response.headers, kSignInCookie);
  return response;
}

HttpResponse SignInPages::password_login(const Request& request) {
  if (!state_.password_tries.allow(request.peer)) {
    return detail_response(429, "Too many login attempts. Try again later.");
  }
  const auto body = json_body(request);
  if (!body) return detail_response(422, "The body is not a JSON object");
  const auto name = text_of(*body, "provider");
  const auto* provider = state_.options.find_provider(name);
  if (!provider || !provider->supports_password) return detail_response(404, "Unknown provider");
  if (state_.faults.provider_down(name)) return unreachable(name);
  const auto user = text_of(*body, "username");
  if (!is_known_login(user, text_of(*body, "password"))) {
    return detail_response(401, "Invalid credentials");
  }
  std::optional<NativeRequest> native;
  const auto cookie = sign_in_cookie(request);
  if (const auto begun = cookie ? state_.sign_ins.find(*cookie) : std::nullopt;
      begun && begun->provider == name) {
    native = begun->native;
    state_.sign_ins.end(*cookie);
  }
  const auto finished = finish(*provider, user, native);
  auto object = ordered_object();
  object.set("ok", true);
  object.set("next", finished.next);
  auto response = json_response(200, object);
  add_all(response.headers, finished.cookies);
  if (native) state_.cookies.clear(response.headers, kSignInCookie);
  return response;
}

HttpResponse SignInPages::logout(const Request& request) {
  // For anyone who sends it, with or without a session (gateway-contract 8).
  const auto& cookies = state_.cookies;
  state_.sessions.revoke(cookies.read(RequestCookies(request), kRefreshCookie).value_or(""));
  auto response = redirect_response(state_.options.prefix + "/login");
  cookies.clear_session(response.headers);
  return response;
}

}  // namespace pintle::practice
