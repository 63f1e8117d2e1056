// SPDX-License-Identifier: Apache-2.0
#include "browser_scheme.h"

#include <string>
#include <string_view>
#include <utility>

#include "given.h"

namespace pintle {

using namespace plugin;  // NOLINT(google-build-using-namespace): this file is the plugin

namespace {

// A path is below the gateway.
std::string page_of(std::string_view base_url, std::string_view url) {
  return url.starts_with('/') ? std::string(base_url).append(url) : std::string(url);
}

}  // namespace

BrowserScheme::BrowserScheme(const Opening& opening)
    : url_(page_of(opening.base_url(), opening.setting("url").value_or("/"))),
      cookies_(front::WallCookies::parse(opening.session())) {}

Decoration BrowserScheme::decorate(const Request& request, const HeaderSink& headers) const {
  const auto field = cookies_.field(request.now_ms());
  if (field.empty()) {
    throw front::missing("session", "Sign in to it: pintle sign-in --front-only.");
  }
  headers.add("Cookie", field.reveal());
  return {.valid_until_ms = 0, .credential = version_};
}

Observation BrowserScheme::observe(const Response& response) {
  // Of an older session, which must not replace the new one.
  if (response.credential() != version_) return Observation::none;
  bool is_changed = false;
  for (const auto& field : response.headers()) {
    if (!same_name(text(field.name), "Set-Cookie")) continue;
    is_changed = cookies_.take_set_cookie(text(field.value), response.now_ms()) || is_changed;
  }
  if (is_changed) {
    // Another credential: who was refused with the old cookies tries these.
    ++version_;
    session_changed();
  }
  return Observation::none;
}

void BrowserScheme::use(front::WallCookies cookies) {
  if (!cookies.bytes().equals(cookies_.bytes())) ++version_;
  cookies_ = std::move(cookies);
  session_changed();
}

Task<> BrowserScheme::sign_in(SignIn how) {
  if (how.has("cookie") || how.method == "paste") {
    auto answer = co_await Ask(
                      "What stands in front of the gateway has a login page: sign in in a "
                      "browser, and copy its Cookie header for the gateway.")
                      .secret("cookie", "Cookie header (front)");
    use(front::WallCookies::parse_field(front::take_secret(answer, "cookie").reveal()));
    co_return;
  }
  if (!how.may_ask) throw front::missing("session", "Sign in to it: pintle sign-in --front-only.");
  const auto visited = co_await BrowserVisit::until_gateway(url_);
  front::WallCookies cookies;
  for (const auto& cookie : visited.cookies()) {
    if (!front::WallCookies::can_be_sent(cookie.name, cookie.value)) continue;
    cookies.add({cookie.name, Secret(cookie.value), cookie.expires_ms});
  }
  const Moment moment = co_await now();
  if (cookies.field(moment.now_ms).empty()) {
    throw front::missing("cookie in the window",
                         "Sign in to it again: pintle sign-in --front-only.");
  }
  use(std::move(cookies));
}

Task<WsUrl> BrowserScheme::resolve_ws_url(WsTarget) {
  throw front::no_websocket();
  co_return WsUrl();
}

Task<std::string> BrowserScheme::sign_out() {
  const bool had_some = !cookies_.empty();
  cookies_ = {};
  ++version_;
  session_changed();
  co_return had_some ? "The session of what stands in front of the gateway stays valid there until "
                       "it ends by itself."
                     : std::string();
}

void BrowserScheme::describe(const FactSink& sink) const {
  if (!cookies_.empty()) sink.add("credential", "cookies " + cookies_.names());
}

}  // namespace pintle
