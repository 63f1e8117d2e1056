// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/practice_client.h"
#include "support/practice_options.h"

namespace pintle::practice {
namespace {

using test::cookie_gate;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string set_cookie(const HttpResponse& response, std::string_view name) {
  for (const auto field : response.headers.all("Set-Cookie")) {
    if (field.starts_with(name) && field.substr(name.size()).starts_with('=')) {
      return std::string(field);
    }
  }
  return {};
}

// Returns the Cookie header with that one cookie.
Headers only(const HttpResponse& response, std::string_view name) {
  const auto field = set_cookie(response, name);
  return with("Cookie", field.substr(0, field.find(';')));
}

TEST(PracticeCookieGate, TellsWhatItIs) {
  Gateway gateway(cookie_gate());
  Client client(gateway);
  const auto status = client.get("/api/status");
  EXPECT_THAT(status.body,
              HasSubstr(R"("auth_required":true,"auth_providers":["basic","practice"])"));
  EXPECT_THAT(status.body, Not(HasSubstr("auth_flows"))) << "0.16 does not know them";
  EXPECT_THAT(
      client.get("/api/auth/providers").body,
      HasSubstr(
          R"({"name":"basic","display_name":"Username & Password","supports_password":true})"));
  EXPECT_EQ(client.post("/auth/native/token", "{}").status, 404);
}

TEST(PracticeCookieGate, SaysWhyARequestIsNotLetIn) {
  Gateway gateway(cookie_gate());
  Client client(gateway);
  struct Row {
    const char* name;
    const char* value;
    const char* error;
    const char* reason;
  };
  constexpr Row kTable[] = {
      {"X-Nothing", "1", "unauthenticated", "no_cookie"},
      {"X-Hermes-Session-Token", "any", "unauthenticated", "no_cookie"},
      {"Authorization", "Bearer any", "unauthenticated", "no_cookie"},
      {"Cookie", "other=1", "unauthenticated", "no_cookie"},
      {"Cookie", "hermes_session_at=bad", "session_expired", "invalid_or_expired_session"},
      {"Cookie", "__Host-hermes_session_rt=bad", "session_expired", "invalid_or_expired_session"},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(std::string(row.name) + ": " + row.value);
    const auto answer = client.get("/api/sessions", with(row.name, row.value));
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(text_in(answer, "error"), row.error);
    EXPECT_EQ(text_in(answer, "reason"), row.reason);
    EXPECT_THAT(text_in(answer, "login_url"), StartsWith("/login"));
    const bool dead = std::string_view(row.error) == "session_expired";
    EXPECT_EQ(answer.headers.all("Set-Cookie").size(), dead ? 9u : 0u) << "every variant goes";
    for (const auto field : answer.headers.all("Set-Cookie")) {
      EXPECT_THAT(std::string(field), HasSubstr("Max-Age=0"));
    }
  }
  EXPECT_EQ(client.get("/").headers.get("Location"), "/login") << "a page leads to the sign-in";
}

TEST(PracticeCookieGate, SignsInWithAPassword) {
  Gateway gateway(cookie_gate());
  Client client(gateway);
  const auto answer = sign_in(client);
  EXPECT_EQ(answer.body, R"({"ok":true,"next":"/"})");
  EXPECT_THAT(set_cookie(answer, "hermes_session_at"),
              HasSubstr("; Max-Age=43200; Path=/; HttpOnly; SameSite=lax"));
  EXPECT_THAT(set_cookie(answer, "hermes_session_rt"), HasSubstr("Max-Age=2592000"));
  EXPECT_EQ(set_cookie(answer, "hermes_session_provider"), "") << "newer gateways alone hint";
  EXPECT_EQ(client.get("/api/sessions", cookies_of(answer)).status, 200);
  const auto me = client.get("/api/auth/me", cookies_of(answer));
  EXPECT_EQ(text_in(me, "user_id"), "ada");
  EXPECT_EQ(text_in(me, "provider"), "basic");
}

TEST(PracticeCookieGate, RefusesAWrongPasswordAndAnUnknownProvider) {
  Gateway gateway(cookie_gate());
  Client client(gateway);
  struct Row {
    const char* body;
    int status;
    const char* detail;
  };
  constexpr Row kTable[] = {
      {R"({"provider":"basic","username":"ada","password":"no"})", 401, "Invalid credentials"},
      {R"({"provider":"nope","username":"ada","password":"practice"})", 404, "Unknown provider"},
      {R"({"provider":"practice","username":"ada","password":"practice"})", 404,
       "Unknown provider"},
      {"[]", 422, "The body is not a JSON object"},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.body);
    const auto answer = client.post("/auth/password-login", row.body);
    EXPECT_EQ(answer.status, row.status);
    EXPECT_EQ(text_in(answer, "detail"), row.detail);
  }
}

TEST(PracticeCookieGate, AllowsTenTriesAMinute) {
  Gateway gateway(cookie_gate());
  Client client(gateway);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(client.post("/auth/password-login", R"({"provider":"basic"})").status, 401);
  }
  const auto refused = sign_in(client);
  EXPECT_EQ(refused.status, 429);
  EXPECT_FALSE(refused.headers.has("Retry-After"));
  gateway.advance_clock(60'000);
  EXPECT_EQ(sign_in(client).status, 200);
}

TEST(PracticeCookieGate, NamesItsCookiesByHowItBelievesItWasReached) {
  struct Row {
    bool tls;
    std::optional<bool> believes;
    const char* prefix;
    const char* name;
    const char* attribute;
  };
  const Row table[] = {
      {false, {}, "", "hermes_session_at", "Path=/; HttpOnly; SameSite=lax"},
      {false, {}, "/hermes", "hermes_session_at", "Path=/hermes; HttpOnly; SameSite=lax"},
      {true, {}, "", "__Host-hermes_session_at", "Path=/; HttpOnly; SameSite=lax; Secure"},
      {true, {}, "/hermes", "__Secure-hermes_session_at", "Path=/hermes; HttpOnly; "},
      {true, false, "", "hermes_session_at", "Path=/; HttpOnly; SameSite=lax"},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(std::string(row.name) + row.prefix);
    auto options = cookie_gate();
    options.tls = row.tls;
    options.believes_https = row.believes;
    options.prefix = row.prefix;
    Gateway gateway(std::move(options));
    Client client(gateway);
    const auto answer = sign_in(client);
    EXPECT_THAT(set_cookie(answer, row.name), HasSubstr(row.attribute));
    EXPECT_EQ(client.get("/api/sessions", cookies_of(answer)).status, 200);
  }
}

TEST(PracticeCookieGate, TakesAQuotedValueBackOnlyAsItWentOut) {
  auto options = cookie_gate();
  options.quoted_cookies = true;
  Gateway gateway(std::move(options));
  Client client(gateway);
  const auto answer = sign_in(client);
  const auto field = only(answer, "hermes_session_at");
  EXPECT_THAT(std::string(field.get("Cookie")), testing::EndsWith("==\""));
  EXPECT_EQ(client.get("/api/sessions", field).status, 200);
  std::string stripped(field.get("Cookie"));
  std::erase(stripped, '"');
  EXPECT_EQ(client.get("/api/sessions", with("Cookie", stripped)).status, 401);
}

TEST(PracticeCookieGate, ServesAJarThatHoldsOnlyTheRefreshCookieAndSetsAFreshPair) {
  Gateway gateway(cookie_gate());
  Client client(gateway);
  const auto first = sign_in(client);
  const auto answer = client.get("/api/sessions", only(first, "hermes_session_rt"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(set_cookie(answer, "hermes_session_rt"), "");
  EXPECT_NE(set_cookie(answer, "hermes_session_rt"), set_cookie(first, "hermes_session_rt"));
  EXPECT_EQ(client.get("/api/sessions", cookies_of(answer)).headers.all("Set-Cookie").size(), 0u);
  EXPECT_EQ(gateway.request_log().counters().refreshes, 1u);
}

TEST(PracticeCookieGate, RotatesOnAnErrorAnswerToo) {
  Gateway gateway(cookie_gate());
  Client client(gateway);
  const auto first = sign_in(client);
  const auto answer = client.get("/api/nowhere", only(first, "hermes_session_rt"));
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(client.get("/api/sessions", cookies_of(answer)).status, 200);
}

TEST(PracticeCookieGate, RefreshesWhenTheAccessTokenHasLapsedThoughItsCookieHasNot) {
  auto options = cookie_gate();
  options.lifetimes.access_ms = 1000;
  Gateway gateway(std::move(options));
  Client client(gateway);
  const auto first = sign_in(client);
  EXPECT_THAT(set_cookie(first, "hermes_session_at"), HasSubstr("Max-Age=60;"));
  gateway.advance_clock(1000);
  const auto answer = client.get("/api/sessions", cookies_of(first));
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(set_cookie(answer, "hermes_session_at"), "");
}

TEST(PracticeCookieGate, EndsTheSessionWhenARefreshTokenIsUsedTwice) {
  Gateway gateway(cookie_gate());
  Client client(gateway);
  const auto first = sign_in(client);
  const auto second = client.get("/api/sessions", only(first, "hermes_session_rt"));
  const auto reused = client.get("/api/sessions", only(first, "hermes_session_rt"));
  EXPECT_EQ(reused.status, 401);
  EXPECT_EQ(text_in(reused, "error"), "session_expired");
  EXPECT_EQ(client.get("/api/sessions", cookies_of(second)).status, 401) << "the whole family";
  EXPECT_EQ(gateway.request_log().counters().reuse_detections, 1u);
}

TEST(PracticeCookieGate, TakesARefreshTokenAgainWhereItDoesNotRotate) {
  auto options = cookie_gate();
  options.rotate = false;
  Gateway gateway(std::move(options));
  Client client(gateway);
  const auto first = sign_in(client);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.get("/api/sessions", only(first, "hermes_session_rt")).status, 200);
  }
}

TEST(PracticeCookieGate, GivesNoRefreshCookieWhereTheProviderHasNone) {
  auto options = cookie_gate();
  options.providers.push_back({"basic", "Basic", true, false});
  Gateway gateway(std::move(options));
  Client client(gateway);
  const auto first = sign_in(client);
  EXPECT_EQ(set_cookie(first, "hermes_session_rt"), "");
  gateway.expire_access();
  EXPECT_EQ(client.get("/api/sessions", cookies_of(first)).status, 401);
}

TEST(PracticeCookieGate, KeepsTheSessionWhileTheProviderIsDown) {
  Gateway gateway(cookie_gate());
  Client client(gateway);
  const auto first = sign_in(client);
  gateway.expire_access();
  gateway.set_faults({{FaultKind::provider_down, "/", -1, 0, "basic"}});
  const auto answer = client.get("/api/sessions", cookies_of(first));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(text_in(answer, "detail"), "Auth provider 'basic' unreachable");
  EXPECT_TRUE(answer.headers.all("Set-Cookie").empty());
  EXPECT_EQ(sign_in(client).status, 503);
  gateway.set_faults({});
  EXPECT_EQ(client.get("/api/sessions", cookies_of(first)).status, 200);
}

TEST(PracticeCookieGate, RevokesTheRefreshTokenAtASignOutWhereTheProviderCan) {
  for (const bool revokes : {true, false}) {
    SCOPED_TRACE(revokes);
    auto options = cookie_gate();
    options.providers.push_back({"basic", "Basic", true, true, revokes});
    Gateway gateway(std::move(options));
    Client client(gateway);
    const auto first = sign_in(client);
    // It requires no session (gateway-contract 8).
    client.call("POST", "/auth/logout", only(first, "hermes_session_rt"));
    EXPECT_EQ(client.get("/api/sessions", cookies_of(first)).status, 200) << "until it lapses";
    gateway.expire_access();
    EXPECT_EQ(client.get("/api/sessions", cookies_of(first)).status, revokes ? 401 : 200);
  }
}

TEST(PracticeCookieGate, LeadsANativeSignInToItsLoginPage) {
  Gateway gateway(options_of_generation("0.16"));
  const auto answer = Client(gateway).get("/auth/native/authorize?provider=basic");
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(answer.headers.get("Location"), "/login");
}

TEST(PracticeCookieGate, DeletesEveryCookieAtASignOut) {
  Gateway gateway(cookie_gate());
  Client client(gateway);
  const auto first = sign_in(client);
  const auto answer = client.call("POST", "/auth/logout", cookies_of(first));
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(answer.headers.get("Location"), "/login");
  EXPECT_EQ(answer.headers.all("Set-Cookie").size(), 9u);
}

TEST(PracticeCookieGate, LetsATicketInOnceAndInItsTime) {
  Gateway gateway(cookie_gate());
  Client client(gateway);
  const auto cookies = cookies_of(sign_in(client));
  const auto mint = [&] {
    const auto answer = client.call("POST", "/api/auth/ws-ticket", cookies);
    EXPECT_EQ(json_of(answer)->getValue<int>("ttl_seconds"), 30);
    return "/api/ws?ticket=" + text_in(answer, "ticket");
  };
  EXPECT_EQ(client.call("POST", "/api/auth/ws-ticket").status, 401);
  const auto used = mint();
  EXPECT_EQ(Client(gateway).upgrade(used).status, 101);
  EXPECT_EQ(Client(gateway).upgrade(used).status, 403);
  const auto late = mint();
  gateway.advance_clock(30'000);
  EXPECT_EQ(Client(gateway).upgrade(late).status, 403);
  const auto forgotten = mint();
  gateway.restart();
  EXPECT_EQ(Client(gateway).upgrade(forgotten).status, 403);
  EXPECT_EQ(Client(gateway).upgrade("/api/ws", cookies).status, 403) << "cookies open no socket";
  EXPECT_EQ(Client(gateway).get("/api/sessions", cookies).status, 200) << "a session outlives it";
  EXPECT_EQ(gateway.request_log().counters().tickets_minted, 3u);
  EXPECT_EQ(gateway.request_log().counters().tickets_used, 1u);
}

TEST(PracticeCookieGate, MintsAndUpgradesOnOneConnection) {
  Gateway gateway(cookie_gate());
  Client client(gateway);
  const auto ticket =
      text_in(client.call("POST", "/api/auth/ws-ticket", cookies_of(sign_in(client))), "ticket");
  ASSERT_EQ(client.upgrade("/api/ws?ticket=" + ticket).status, 101);
  const auto mint = gateway.request_log().requests_to("/api/auth/ws-ticket");
  const auto upgrade = gateway.request_log().requests_to("/api/ws");
  ASSERT_EQ(mint.size(), 1u);
  ASSERT_EQ(upgrade.size(), 1u);
  EXPECT_EQ(mint[0].connection, upgrade[0].connection);
  EXPECT_TRUE(mint[0].credentials.access_cookie);
  EXPECT_TRUE(upgrade[0].credentials.query_ticket);
  EXPECT_THAT(gateway.request_log().json(), Not(HasSubstr(ticket)));
}

}  // namespace
}  // namespace pintle::practice
