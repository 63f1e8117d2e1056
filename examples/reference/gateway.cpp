// SPDX-License-Identifier: Apache-2.0
//
// The examples of pintle/core/gateway in the API reference. Each asserts what it shows.

#undef NDEBUG
#include <cassert>
#include <cstdint>
#include <string>

#include <pintle/core/gateway/classify_response.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/gateway/intermediary.h>
#include <pintle/core/gateway/plain_http.h>
#include <pintle/core/gateway/probe.h>
#include <pintle/core/gateway/profile.h>
#include <pintle/core/gateway/session_cookies.h>

namespace {

void url() {
  //! [url]
  const auto gateway = pintle::GatewayUrl::parse("HTTPS://Gateway.example:443/hermes/");
  assert(gateway.text() == "https://gateway.example/hermes");
  assert(gateway.path_of(pintle::RequestTarget::parse("/api/sessions?limit=3")) ==
         "/hermes/api/sessions?limit=3");
  assert(gateway.ws_url("/api/ws", {{"channel", "a/b"}}) ==
         "wss://gateway.example/hermes/api/ws?channel=a%2Fb");
  try {
    pintle::GatewayUrl::parse("https://ada:secret@gateway.example");
    assert(false);
  } catch (const pintle::Error& error) {
    assert(error.layer() == pintle::Layer::config);  // the message does not repeat the password
  }
  //! [url]
}

void plain_http() {
  //! [plain_http]
  assert(pintle::is_exposed(pintle::GatewayUrl::parse("http://gateway.example")));
  assert(!pintle::is_exposed(pintle::GatewayUrl::parse("http://localhost:9119")));
  assert(!pintle::is_exposed(pintle::GatewayUrl::parse("https://gateway.example")));
  //! [plain_http]
}

void probe() {
  //! [probe]
  const auto gateway = pintle::GatewayUrl::parse("https://gateway.example");
  pintle::HttpResponse response;  // to GET /api/status
  response.status = 200;
  response.headers.add("Content-Type", "application/json");
  response.body = R"({"version":"0.16.0","auth_required":true,"auth_flows":["cookie"]})";

  const pintle::Probe probe = pintle::read_status(response, gateway);
  assert(probe.version == "0.16.0");
  assert(probe.auth_required && probe.has_flow("cookie"));
  //! [probe]
}

void profile() {
  //! [profile]
  const auto profile = pintle::parse_profile(R"({
    "profile": 1, "id": "notes", "name": "Notes",
    "probes": [{"path": "/hello", "is": [{"at": "/program", "value": "notes"}],
                "auth_required": true, "version": {"at": "/version"}}],
    "websocket": {"path": "/live", "content": "messages"}})");
  pintle::HttpResponse response;  // to GET /hello
  response.status = 200;
  response.body = R"({"program":"notes","version":"3.1"})";
  const auto probe = pintle::read_by_profile(profile, profile.probes[0], response);
  assert(probe && probe->version == "3.1" && probe->auth_required);
  //! [profile]
}

void classify() {
  //! [classify]
  const auto gateway = pintle::GatewayUrl::parse("https://gateway.example");
  const auto classify = [&](int status) {
    pintle::HttpResponse response;
    response.status = status;
    return pintle::classify_response(response, gateway, pintle::RequestPurpose::rest,
                                     "/api/sessions");
  };
  assert(!classify(200));
  assert(!classify(404));  // concerns the app
  assert(classify(401)->needs_sign_in());
  assert(classify(503)->can_retry() && !classify(503)->needs_sign_in());
  //! [classify]
}

void intermediary() {
  //! [intermediary]
  const auto gateway = pintle::GatewayUrl::parse("https://gateway.example");
  pintle::HttpResponse page;
  page.status = 200;
  page.headers.add("Content-Type", "text/html; charset=utf-8");
  page.body = "<!DOCTYPE html><title>Welcome to the hotel's network</title>";

  assert(pintle::is_web_page(page));
  const auto error = pintle::intermediary_error(page, gateway);
  assert(error->layer() == pintle::Layer::access_proxy);
  assert(!error->needs_sign_in());  // a sign-in at the gateway would not help
  //! [intermediary]
}

void session_cookies() {
  //! [session_cookies]
  const std::int64_t now_ms = 1'800'000'000'000;
  pintle::CookieJar jar(pintle::GatewayUrl::parse("https://gateway.example"));
  jar.set("__Host-hermes_session_at=a-secret; Path=/; Secure; Max-Age=600", "/auth/login", now_ms);
  assert(pintle::has_session(jar, now_ms));
  assert(pintle::find_session_cookie(jar, pintle::SessionCookie::access, now_ms)->secure);
  assert(!pintle::has_session(jar, now_ms + 600'000));
  assert(pintle::is_session_cookie("__Host-hermes_session_at"));
  //! [session_cookies]
}

}  // namespace

int main() {
  url();
  plain_http();
  probe();
  profile();
  classify();
  intermediary();
  session_cookies();
}
