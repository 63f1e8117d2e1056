// SPDX-License-Identifier: Apache-2.0
#include "broker/forwarding.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/token_gateway.h"

namespace pintle::broker {
namespace {

using testing::ElementsAre;

Forwarding forwarding_to(const char* gateway) {
  return {GatewayUrl::parse(gateway),
          {.base = "http://127.0.0.1:80",
           .token_header = "X-Hermes-Session-Token",
           .cookie_prefix = "pintle_gateway_80_"}};
}

ClientRequest request_with(const std::string& fields) {
  return parse_request("GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\n" + fields + "\r\n");
}

TEST(Forwarding, LeavesOutWhatBelongsToOneConnectionAndEveryCredential) {
  const auto forwarding = forwarding_to("https://g.example");
  const auto headers = forwarding.to_gateway(request_with(
      "Connection: keep-alive, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
      "Upgrade: h2c\r\nProxy-Connection: x\r\nTrailer: x\r\n"
      "X-Hermes-Session-Token: t\r\nAuthorization: Bearer t\r\n"
      "Proxy-Authorization: Basic x\r\nCookie: pintle_broker_80=t; a=b\r\n"
      "Origin: http://127.0.0.1:80\r\nReferer: http://127.0.0.1:80/\r\n"
      "X-Forwarded-For: 1.2.3.4\r\nForwarded: for=1\r\nX-Kept: 2\r\n"));
  ASSERT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers.get("X-Kept"), "2");
  EXPECT_EQ(headers.get("Accept-Encoding"), "identity");
}

TEST(Forwarding, GivesTheGatewaysCookiesNamesOfTheirOwn) {
  const auto forwarding = forwarding_to("https://g.example");
  HttpResponse response{.status = 200};
  for (const auto* cookie :
       {"lb=1; Path=/", "__Host-hermes_session_at=secret; Secure", "hermes_session_rt=\"secret\"",
        "__Secure-hermes_session_pkce=x", "theme=dark"}) {
    response.headers.add("Set-Cookie", cookie);
  }
  EXPECT_THAT(forwarding.to_client(response).all("Set-Cookie"),
              ElementsAre("pintle_gateway_80_lb=1; Path=/", "pintle_gateway_80_theme=dark"));
  const auto headers = forwarding.to_gateway(request_with(
      "Cookie: jupyter=secret; pintle_gateway_80_lb=1; lb=2; pintle_broker_80=t\r\n"
      "Cookie: pintle_gateway_80_hermes_session_at=x; pintle_gateway_80_theme=dark\r\n"));
  EXPECT_THAT(headers.all("Cookie"), ElementsAre("lb=1; theme=dark"));
}

// A client's old copy would be sent in the place of the one that the front has renewed.
TEST(Forwarding, KeepsTheCookiesOfTheFrontToItself) {
  const Forwarding forwarding(GatewayUrl::parse("https://g.example"), {.cookie_prefix = "own_"},
                              [] { return Forwarding::cookie_names("door_0=a; door_1=b; id=c"); });
  HttpResponse response{.status = 200};
  for (const auto* cookie : {"door_0=new; Path=/", "door_2=x", "id=; Max-Age=0", "ident=1",
                             "_oauth2_proxy_0=y", "theme=dark"}) {
    response.headers.add("Set-Cookie", cookie);
  }
  EXPECT_THAT(forwarding.to_client(response).all("Set-Cookie"),
              ElementsAre("own_ident=1", "own_theme=dark"));
  const auto headers = forwarding.to_gateway(
      request_with("Cookie: own_door_1=old; own_theme=dark; own_door.3=z; own_id=1; "
                   "own_CF_Authorization=2; own_doors=3\r\n"));
  EXPECT_THAT(headers.all("Cookie"), ElementsAre("theme=dark; doors=3"));
}

// Servers trim more than spaces: what has no single reading is not passed on.
TEST(Forwarding, PassesNoCookieWhoseNameCouldHideTheSessions) {
  const auto forwarding = forwarding_to("https://g.example");
  for (const std::string name :
       {"\thermes_session_at", "\xa0hermes_session_at", "\x85hermes_session_at",
        " hermes_session_at", "hermes_session_at ", "hermes_session_at\t", "\"hermes_session_at\"",
        "a/hermes_session_at", ""}) {
    const auto headers =
        forwarding.to_gateway(request_with("Cookie: pintle_gateway_80_" + name + "=evil\r\n"));
    EXPECT_FALSE(headers.has("Cookie")) << name;
    HttpResponse response{.status = 200};
    response.headers.add("Set-Cookie", name + "=evil; Path=/");
    EXPECT_FALSE(forwarding.to_client(response).has("Set-Cookie")) << name;
  }
}

TEST(Forwarding, MakesTheAttributesOfACookieTrueOfTheLocalAddress) {
  const auto forwarding = forwarding_to("https://g.example/hermes");
  HttpResponse response{.status = 200};
  response.headers.add("Clear-Site-Data", "\"*\"");
  for (const auto* cookie :
       {"a=1; Domain=g.example; Path=/hermes; Secure", "b=2;path = /hermes/x;HttpOnly",
        "c=3; Path=/hermesx", "d=4; Path=/; Max-Age=5"}) {
    response.headers.add("Set-Cookie", cookie);
  }
  const auto headers = forwarding.to_client(response);
  EXPECT_THAT(headers.all("Set-Cookie"), ElementsAre("pintle_gateway_80_a=1; Path=/; Secure",
                                                     "pintle_gateway_80_b=2; Path=/x; HttpOnly",
                                                     "pintle_gateway_80_c=3; Path=/hermesx",
                                                     "pintle_gateway_80_d=4; Path=/; Max-Age=5"));
  EXPECT_FALSE(headers.has("Clear-Site-Data"));
}

TEST(Forwarding, MapsTheGatewaysUrlsToItsOwn) {
  const auto forwarding = forwarding_to("https://g.example/hermes");
  const std::pair<const char*, const char*> cases[] = {
      {"https://g.example/hermes/a?b#c", "http://127.0.0.1:80/a?b#c"},
      {"https://g.example:443/hermes", "http://127.0.0.1:80/"},
      {"https://g.example/hermesx", "https://g.example/hermesx"},
      {"https://other.example/hermes/a", "https://other.example/hermes/a"},
      {"http://g.example/hermes/a", "http://g.example/hermes/a"},
      {"/hermes/login?next=/", "/login?next=/"},
      {"/hermes", "/"},
      {"/hermes//evil.example", "http://127.0.0.1:80//evil.example"},
      {"/hermes/\\evil.example", "http://127.0.0.1:80/\\evil.example"},
      {"/other", "/other"},
      {"https://g.example/hermes/a?token=t&b=1#c", "http://127.0.0.1:80/a?b=1#c"},
      {"/hermes/a?ticket=t", "/a"},
      {"https://cas.example/?ticket=t", "https://cas.example/?ticket=t"},
      {"//g.example/hermes/", "//g.example/hermes/"},
      {"relative/path", "relative/path"},
  };
  for (const auto& [gateway, local] : cases) EXPECT_EQ(forwarding.local_location(gateway), local);
}

TEST(Forwarding, WritesTheTargetAsAUrlAndWithoutCredentials) {
  const std::pair<const char*, const char*> cases[] = {
      {"/a?token=t", "/a"},
      {"/a?x=1&token=t&y=2", "/a?x=1&y=2"},
      {"/a?ticket=t&tok%65n=t&x", "/a?x"},
      {"/a?tokens=1", "/a?tokens=1"},
      {"/a b", "400"},
      {"/a{b}?c=\"d\"", "/a%7Bb%7D?c=%22d%22"},
      {"/100%?a=50%", "/100%25?a=50%25"},
      {"/\xc3\xa9", "/%C3%A9"},
      {"/a/../b", "400"},
      {"/%2e%2e/b", "400"},
      {"/x%2f..%2fauth/logout", "400"},
      {"/x%5c..%5cb", "400"},
      {"/..;a/b", "400"},
      {"/x/%2e%2e%3b/b", "400"},
      {"/x;a/b", "/x;a/b"},
      {"/x/..a/b..", "/x/..a/b.."},
      {"//evil", "400"},
      {"/a\\b", "400"},
      {"/a#b", "400"},
  };
  for (const auto& [received, sent] : cases) {
    std::string got;
    try {
      got = Forwarding::target(received);
    } catch (const RequestFault& fault) {
      got = std::to_string(fault.status());
    }
    EXPECT_EQ(got, sent) << received;
  }
}

TEST(TokenGateway, AnswersTheSignInItself) {
  for (const auto* path :
       {"/auth/logout", "/auth/password-login", "//auth//logout/", "/%61uth/logout",
        "/auth%2flogout", "/login", "/login/", "/login;x", "/auth;x/logout", "/auth%3bx/logout"}) {
    EXPECT_EQ(answerer_of(path), Answerer::nobody) << path;
  }
  for (const auto* path : {"/api/auth/me", "/api/auth/ws-ticket", "/api//auth/providers"}) {
    EXPECT_EQ(answerer_of(path), Answerer::unauthorized) << path;
  }
  EXPECT_EQ(answerer_of("/api/status"), Answerer::public_facts);
  EXPECT_EQ(answerer_of("/api/health/"), Answerer::public_facts);
  EXPECT_EQ(answerer_of("/metrics"), Answerer::metrics);
  for (const auto* path : {"/", "/api/ws", "/authors", "/api/authors", "/loginx"}) {
    EXPECT_EQ(answerer_of(path), Answerer::gateway) << path;
  }
}

TEST(TokenGateway, ChangesOfTheStatusOnlyHowToSignIn) {
  EXPECT_EQ(without_gate(R"( {"version":"0.16.0" , "auth_required": true,
      "auth_providers":["basic","x}"],"auth_flows":["cookie"],"big":123456789012345678901234567890,
      "s":"a\"}]{","o":{"auth_required":true,"a":[1,{}]}} )"),
            R"({"version":"0.16.0","auth_required":false,"auth_providers":[],"auth_flows":[],)"
            R"("big":123456789012345678901234567890,"s":"a\"}]{","o":{"auth_required":true,)"
            R"("a":[1,{}]}})");
  EXPECT_EQ(without_gate("{}"), R"({"auth_required":false})");
  EXPECT_EQ(without_gate(R"({"a":1})"), R"({"a":1,"auth_required":false})");
  for (const auto* other : {"", "[]", "{", "<html>", "{\"a\":}"}) {
    EXPECT_EQ(without_gate(other), other);
  }
}

}  // namespace
}  // namespace pintle::broker
