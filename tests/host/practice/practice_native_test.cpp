// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/text/percent.h>

#include "practice/state/random.h"
#include "support/practice_client.h"
#include "support/practice_options.h"

namespace pintle::practice {
namespace {

using test::native_gate;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
constexpr const char* kRedirect = "http://127.0.0.1:5123/callback";

std::string authorize(std::string_view provider, std::string_view redirect = kRedirect,
                      std::string_view method = "S256") {
  return "/auth/native/authorize?provider=" + std::string(provider) +
         "&code_challenge=" + s256(kVerifier) + "&code_challenge_method=" + std::string(method) +
         "&redirect_uri=" + encode_component(redirect) + "&state=mine";
}

std::string code_body(const std::string& code, const std::string& verifier = kVerifier) {
  return R"({"code":")" + code + R"(","code_verifier":")" + verifier + "\"}";
}

std::string refresh_body(const std::string& token, const std::string& provider = "basic") {
  return R"({"refresh_token":")" + token + R"(","provider":")" + provider + "\"}";
}

Headers bearer(const std::string& token) { return with("Authorization", "Bearer " + token); }

// Signs in with a password without a browser; returns the URL that the code would be sent to.
std::string password_next(Client& client) {
  const auto begun = client.get(authorize("basic"));
  EXPECT_EQ(begun.status, 302);
  const auto answer = sign_in(client, cookies_of(begun));
  EXPECT_EQ(answer.status, 200);
  return text_in(answer, "next");
}

HttpResponse native_sign_in(Client& client) {
  return client.post("/auth/native/token", code_body(query_of(password_next(client), "code")));
}

TEST(PracticeNativeGate, HoldsEightPendingSignInsOfAnAddressForTenMinutes) {
  Gateway gateway(options_of_generation("0.20.4"));
  Client client(gateway);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(client.get(authorize("basic")).status, 302);
  const auto refused = client.get(authorize("practice"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(text_in(refused, "detail"), "too many pending native authorizations from this address");
  EXPECT_EQ(sign_in(client).status, 200) << "cookies go on";
  gateway.advance_clock(600'000);
  EXPECT_EQ(client.get(authorize("basic")).status, 302);
}

TEST(PracticeNativeGate, ForgetsAPendingSignInThatWasFinished) {
  auto options = native_gate();
  options.password_tries = 100;
  Gateway gateway(std::move(options));
  Client client(gateway);
  for (int i = 0; i < 12; ++i) EXPECT_EQ(native_sign_in(client).status, 200);
}

TEST(PracticeNativeGate, OfJulyHasAPageForAProviderOfPasswords) {
  Gateway gateway(options_of_generation("2026-07"));
  Client client(gateway);
  EXPECT_THAT(client.get("/api/status").body, HasSubstr(R"(["cookie","native_pkce"])"));
  const auto answer = client.get(authorize("basic"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(std::string(answer.headers.get("Content-Type")), StartsWith("text/html"));
  auto passwords_alone = options_of_generation("2026-07");
  passwords_alone.providers.push_back({"basic", "Basic", true});
  Gateway other(std::move(passwords_alone));
  EXPECT_THAT(Client(other).get("/api/status").body, HasSubstr(R"("auth_flows":["cookie"])"));
}

TEST(PracticeNativeGate, TellsThatItSpeaksNativeSignIn) {
  Gateway gateway(native_gate());
  Client client(gateway);
  const auto status = client.get("/api/status").body;
  EXPECT_THAT(status, HasSubstr(R"("version":"0.21.0")"));
  EXPECT_THAT(status, HasSubstr(R"("auth_flows":["cookie","native_pkce"])"));
  EXPECT_THAT(status, HasSubstr("install_id"));
}

TEST(PracticeNativeGate, SignsInWithAPasswordAndNoBrowser) {
  Gateway gateway(native_gate());
  Client client(gateway);
  const auto next = password_next(client);
  EXPECT_THAT(next, StartsWith(std::string(kRedirect) + "?code="));
  EXPECT_EQ(query_of(next, "state"), "mine");
  const auto answer = client.post("/auth/native/token", code_body(query_of(next, "code")));
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(text_in(answer, "token_type"), "Bearer");
  EXPECT_EQ(text_in(answer, "provider"), "basic");
  EXPECT_EQ(text_in(answer, "user_id"), "ada");
  EXPECT_TRUE(json_of(answer)->has("expires_at"));
  EXPECT_EQ(client.get("/api/sessions", bearer(text_in(answer, "access_token"))).status, 200);
}

TEST(PracticeNativeGate, SignsInThroughTheIdentityProvider) {
  auto options = native_gate();
  options.prefix = "/hermes";
  Gateway gateway(std::move(options));
  Client browser(gateway);
  const auto begun = browser.get(authorize("practice"));
  ASSERT_EQ(begun.status, 302);
  const std::string to(begun.headers.get("Location"));
  ASSERT_THAT(to, StartsWith(gateway.identity_url() + "/idp/authorize?"));

  const auto page = Client(port_of(to)).get(target_of(to));
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("name=\"decision\" value=\"approve\""));
  EXPECT_EQ(approve_sign_in(to, "no").status, 401);
  const auto approved = approve_sign_in(to);
  ASSERT_EQ(approved.status, 302);
  const std::string back(approved.headers.get("Location"));
  ASSERT_THAT(back, StartsWith(gateway.url() + "/auth/callback?code="));

  const auto path = back.substr(gateway.url().size());
  EXPECT_EQ(Client(gateway).get(path).status, 400) << "another browser has not the cookie";
  const auto done = browser.get(path, cookies_of(begun));
  ASSERT_EQ(done.status, 302);
  const std::string next(done.headers.get("Location"));
  EXPECT_THAT(next, StartsWith(std::string(kRedirect) + "?code="));
  const auto pair = browser.post("/auth/native/token", code_body(query_of(next, "code")));
  EXPECT_EQ(text_in(pair, "provider"), "practice");
}

TEST(PracticeNativeGate, NeverTakesARefusedSignInToTheRedirectAddress) {
  Gateway gateway(native_gate());
  Client browser(gateway);
  const auto begun = browser.get(authorize("practice"));
  const auto state = query_of(begun.headers.get("Location"), "state");
  const auto answer =
      browser.get("/auth/callback?error=access_denied&state=" + state, cookies_of(begun));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.headers.get("Content-Type"), "text/html; charset=utf-8");
  EXPECT_FALSE(answer.headers.has("Location"));
}

TEST(PracticeNativeGate, SetsCookiesWhereTheBrowserSignsInForItself) {
  Gateway gateway(native_gate());
  Client browser(gateway);
  const auto begun = browser.get("/auth/login?provider=practice");
  const std::string to(begun.headers.get("Location"));
  const auto approved = approve_sign_in(to);
  const std::string back(approved.headers.get("Location"));
  const auto done = browser.get(back.substr(gateway.url().size()), cookies_of(begun));
  EXPECT_EQ(done.headers.get("Location"), "/");
  EXPECT_THAT(std::string(cookies_of(done).get("Cookie")),
              HasSubstr("hermes_session_provider=practice"));
  EXPECT_EQ(browser.get("/api/auth/me", cookies_of(done)).status, 200);
  EXPECT_EQ(browser.get("/", cookies_of(done)).status, 200);
}

TEST(PracticeNativeGate, RefusesWhatIsNotALoopbackRedirectWithPkce) {
  Gateway gateway(native_gate());
  Client client(gateway);
  for (const auto* redirect :
       {"http://localhost:1/callback", "https://127.0.0.1:1/callback", "http://127.0.0.1.evil/x",
        "http://127.0.0.1@evil.example/", "http://127.0.0.2:1/", "http://127.1:1/", "",
        "http://127.0.0.1:1/cb#f", "com.example:/cb", "http://127.0.0.1:1/\r\nSet-Cookie: a=b"}) {
    SCOPED_TRACE(redirect);
    EXPECT_EQ(client.get(authorize("basic", redirect)).status, 400);
  }
  EXPECT_EQ(client.get(authorize("basic", "http://[::1]:9/x")).status, 302);
  EXPECT_EQ(client.get(authorize("basic", kRedirect, "plain")).status, 400);
  EXPECT_EQ(client.get(authorize("nope")).status, 404);
}

TEST(PracticeNativeGate, TreatsAnEmptyProviderAsItsAgeDoes) {
  constexpr std::pair<EmptyProvider, int> kTable[] = {
      {EmptyProvider::not_found, 404}, {EmptyProvider::pick, 302}, {EmptyProvider::chooser, 200}};
  for (const auto& [age, status] : kTable) {
    auto options = native_gate();
    options.empty_provider = age;
    Gateway gateway(std::move(options));
    EXPECT_EQ(Client(gateway).get(authorize("")).status, status);
  }
}

TEST(PracticeNativeGate, BurnsACodeAtAnyAttempt) {
  Gateway gateway(native_gate());
  Client client(gateway);
  const auto once = query_of(password_next(client), "code");
  EXPECT_EQ(client.post("/auth/native/token", code_body(once, "wrong")).status, 400);
  EXPECT_EQ(client.post("/auth/native/token", code_body(once)).status, 400) << "burnt";
  const auto twice = query_of(password_next(client), "code");
  EXPECT_EQ(client.post("/auth/native/token", code_body(twice)).status, 200);
  EXPECT_EQ(client.post("/auth/native/token", code_body(twice)).status, 400);
  const auto late = query_of(password_next(client), "code");
  gateway.advance_clock(120'000);
  EXPECT_EQ(client.post("/auth/native/token", code_body(late)).status, 400);
  EXPECT_EQ(client.post("/auth/native/token", "not json").status, 400);
}

TEST(PracticeNativeGate, DecidesARequestByItsBearerAlone) {
  Gateway gateway(native_gate());
  Client client(gateway);
  const auto cookies = cookies_of(sign_in(client));
  ASSERT_EQ(client.get("/api/sessions", cookies).status, 200);
  auto both = cookies;
  both.add("Authorization", "Bearer bad");
  const auto answer = client.get("/api/sessions", both);
  EXPECT_EQ(answer.status, 401);
  EXPECT_TRUE(answer.headers.all("Set-Cookie").empty());
  EXPECT_EQ(client.get("/api/sessions", cookies).status, 200)
      << "the cookies are as good as before";
}

TEST(PracticeNativeGate, RefreshesABearerOnRequestOnly) {
  Gateway gateway(native_gate());
  Client client(gateway);
  const auto first = native_sign_in(client);
  gateway.expire_access();
  EXPECT_EQ(client.get("/api/sessions", bearer(text_in(first, "access_token"))).status, 401);
  const auto old = text_in(first, "refresh_token");
  gateway.set_faults({{FaultKind::provider_down, "/", -1, 0, ""}});
  EXPECT_EQ(client.post("/auth/native/refresh", refresh_body(old)).status, 503);
  gateway.set_faults({});
  const auto second = client.post("/auth/native/refresh", refresh_body(old));
  ASSERT_EQ(second.status, 200);
  EXPECT_NE(text_in(second, "refresh_token"), old);
  EXPECT_EQ(client.get("/api/sessions", bearer(text_in(second, "access_token"))).status, 200);
  const auto reused = client.post("/auth/native/refresh", refresh_body(old));
  EXPECT_EQ(reused.status, 401);
  EXPECT_EQ(reused.body, R"({"error":"session_expired"})");
  EXPECT_EQ(client.get("/api/sessions", bearer(text_in(second, "access_token"))).status, 401);
}

TEST(PracticeNativeGate, AnswersARefreshWithAnEmptyTokenWhereTheOldOneStaysGood) {
  auto options = native_gate();
  options.rotate = false;
  Gateway gateway(std::move(options));
  Client client(gateway);
  const auto old = text_in(native_sign_in(client), "refresh_token");
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.post("/auth/native/refresh", refresh_body(old));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(text_in(answer, "refresh_token"), "");
  }
  EXPECT_EQ(client.post("/auth/native/refresh", refresh_body(old, "practice")).status, 401);
  EXPECT_EQ(client.post("/auth/native/refresh", "[]").status, 401);
}

TEST(PracticeNativeGate, OpensASessionForATestThatIsNotAboutSigningIn) {
  Gateway gateway(native_gate());
  const auto pair = gateway.open_session("practice");
  EXPECT_EQ(Client(gateway).get("/api/auth/me", bearer(pair.access)).status, 200);
  gateway.end_sessions();
  EXPECT_EQ(Client(gateway).get("/api/auth/me", bearer(pair.access)).status, 401);
}

TEST(PracticeNativeGate, MintsATicketForABearer) {
  Gateway gateway(native_gate());
  Client client(gateway);
  const auto access = text_in(native_sign_in(client), "access_token");
  const auto minted = client.call("POST", "/api/auth/ws-ticket", bearer(access));
  ASSERT_EQ(client.upgrade("/api/ws?ticket=" + text_in(minted, "ticket")).status, 101);
  EXPECT_THAT(client.receive().bytes, HasSubstr("\"heartbeat\":true"));
  EXPECT_EQ(Client(gateway).upgrade("/api/ws?token=" + access).status, 403);
}

}  // namespace
}  // namespace pintle::practice
