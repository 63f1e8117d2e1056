// Tickets: a fresh one for every dial, and what a refused one means (gateway-contract 6).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oauth_driver.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class OAuthTicket : public testing::Test {
 protected:
  void SetUp() override { sign_in_with_cookies(driver); }
  void begin() {
    driver.begin(PINTLE_RESOLVE_WS_URL);
    ASSERT_TRUE(is_request(driver, "POST", "/api/auth/ws-ticket")) << driver.error.happened;
  }

  TestProbe probe = {};
  SchemeDriver driver{oauth_scheme(), {}, probe.get()};
  TestProbe newer = native_probe();
  SchemeDriver native{oauth_scheme(), {}, newer.get()};
};

TEST_F(OAuthTicket, IsMintedWithTheCookiesAndPutOnTheUrlForOneUse) {
  begin();
  EXPECT_EQ(header_of(driver.step, "Cookie"),
            "__Secure-hermes_session_at=AT1; __Secure-hermes_session_rt=RT1");
  driver.answer_http(200, R"({"ticket":"a/b+c","ttl_seconds":30})", kJson);
  ASSERT_TRUE(needs(driver, PINTLE_NEED_DONE));
  EXPECT_EQ(text(driver.step.ws_url), "wss://gateway.example/hermes/api/ws?ticket=a%2Fb%2Bc");
  EXPECT_EQ(driver.step.life, static_cast<std::uint32_t>(PINTLE_KEEP_NEVER));
}

TEST_F(OAuthTicket, IsMintedWithTheBearerAlone) {
  sign_in_with_bearer(native);
  native.begin(PINTLE_RESOLVE_WS_URL);
  ASSERT_TRUE(is_request(native, "POST", "/api/auth/ws-ticket"));
  EXPECT_EQ(header_of(native.step, "Authorization"), "Bearer AT1");
  EXPECT_EQ(header_of(native.step, "Cookie"), "");
}

TEST_F(OAuthTicket, IsMintedAnewForEveryDial) {
  for (const char* ticket : {"T1", "T2", "T3"}) {
    begin();
    driver.answer_http(200, std::string(R"({"ticket":")") + ticket + "\"}", kJson);
    EXPECT_THAT(text(driver.step.ws_url), HasSubstr(ticket));
  }
}

TEST_F(OAuthTicket, NeverFallsBackToAnOlderUrl) {
  begin();
  driver.answer_http(200, R"({"ticket":"T1"})", kJson);
  begin();
  driver.answer_failure(PINTLE_LAYER_TCP, "the connection broke");
  EXPECT_EQ(driver.code, PINTLE_LAYER_TCP);
  EXPECT_EQ(text(driver.step.ws_url), "");
  EXPECT_FALSE(wants_sign_in(driver));
}

TEST_F(OAuthTicket, TellsGateSessionTicketAndTransportApart) {
  struct Row {
    int status;
    Fields headers;
    const char* body;
    std::int32_t layer;
    bool sign_in;
    bool retry;
  };
  const Row rows[] = {
      {403, kJson, R"({"detail":"no"})", PINTLE_LAYER_SESSION, true, false},
      {401, kJson, kNoCookie, PINTLE_LAYER_GATE, true, false},
      {401, kPage, "<html>", PINTLE_LAYER_ACCESS_PROXY, false, false},
      {302,
       {{"Location", "https://t.cloudflareaccess.com/"}},
       "",
       PINTLE_LAYER_ACCESS_PROXY,
       false,
       false},
      {404, kJson, R"({"detail":"Not Found"})", PINTLE_LAYER_TICKET, false, false},
      {400, kJson, R"({"detail":"Invalid Host header: x"})", PINTLE_LAYER_HOST_GUARD, false, false},
      {429, kJson, R"({"detail":"slow"})", PINTLE_LAYER_GATE, false, true},
      {500, kJson, R"({"detail":"broken"})", PINTLE_LAYER_PROTOCOL, false, true},
      {502, kPage, "<html>", PINTLE_LAYER_ACCESS_PROXY, false, true},
      {503, kJson, R"({"detail":"Auth provider 'basic' unreachable"})", PINTLE_LAYER_PROVIDER,
       false, true},
      {522, kPage, "<html>", PINTLE_LAYER_ACCESS_PROXY, false, true},
      {200, kPage, "<html>", PINTLE_LAYER_ACCESS_PROXY, false, false},
      {200, kJson, "{}", PINTLE_LAYER_TICKET, false, false},
      {200, kJson, R"({"ticket":""})", PINTLE_LAYER_TICKET, false, false},
  };
  const auto before = driver.session();
  for (const auto& row : rows) {
    SCOPED_TRACE(std::to_string(row.status) + row.body);
    begin();
    driver.answer_http(row.status, row.body, row.headers);
    EXPECT_EQ(driver.code, row.layer) << driver.error.happened;
    EXPECT_EQ(wants_sign_in(driver), row.sign_in);
    EXPECT_EQ((driver.error.flags & PINTLE_ERROR_RETRY) != 0, row.retry);
    EXPECT_EQ(driver.session(), before) << "none of them ends the session";
  }
}

TEST_F(OAuthTicket, ADeadSessionIsToldAtTheMint) {
  begin();
  driver.answer_http(401, kExpired, all_deleted());
  EXPECT_EQ(driver.code, PINTLE_LAYER_SESSION);
  EXPECT_TRUE(wants_sign_in(driver));
  EXPECT_EQ(driver.session(), "");
}

TEST_F(OAuthTicket, TakesARotationThatCameWithIt) {
  begin();
  auto headers = pair_of("AT2", "RT2");
  driver.answer_http(200, R"({"ticket":"T1"})", headers);
  EXPECT_TRUE(driver.step.flags & PINTLE_STEP_SESSION_CHANGED);
  begin();
  EXPECT_THAT(header_of(driver.step, "Cookie"), HasSubstr("RT2"));
  driver.answer_http(503, R"({"detail":"out"})", pair_of("AT3", "RT3"));
  begin();
  EXPECT_THAT(header_of(driver.step, "Cookie"), HasSubstr("RT3"));
}

TEST_F(OAuthTicket, MayBeRepeatedOnlyWhereThatUsesNoRefreshCookieTwice) {
  begin();
  EXPECT_TRUE(driver.step.flags & PINTLE_STEP_MAY_REPEAT);
  driver.now_ms += 901'000;
  begin();
  EXPECT_EQ(header_of(driver.step, "Cookie"), "__Secure-hermes_session_rt=RT1");
  EXPECT_FALSE(driver.step.flags & PINTLE_STEP_MAY_REPEAT);
}

TEST_F(OAuthTicket, IsAskedForOnceMoreWhereTheSessionWasRenewedMeanwhile) {
  begin();
  driver.decorate();
  driver.observe(200, pair_of("AT2", "RT2"));
  driver.answer_http(401, kExpired, all_deleted());
  ASSERT_TRUE(is_request(driver, "POST", "/api/auth/ws-ticket")) << driver.error.happened;
  EXPECT_THAT(header_of(driver.step, "Cookie"), HasSubstr("RT2"));
  driver.answer_http(200, R"({"ticket":"T1"})", kJson);
  EXPECT_THAT(text(driver.step.ws_url), HasSubstr("T1"));
}

TEST_F(OAuthTicket, ALapsedBearerIsRefreshedFirst) {
  sign_in_with_bearer(native);
  native.now_ms += 901'000;
  native.begin(PINTLE_RESOLVE_WS_URL);
  ASSERT_TRUE(is_request(native, "POST", "/auth/native/refresh"));
  native.answer_http(200, tokens("AT2", "RT2", native.now_ms / 1000 + 900), kJson);
  ASSERT_TRUE(is_request(native, "POST", "/api/auth/ws-ticket"));
  EXPECT_TRUE(native.step.flags & PINTLE_STEP_SESSION_CHANGED) << "stored before it is used";
  EXPECT_EQ(header_of(native.step, "Authorization"), "Bearer AT2");
}

TEST_F(OAuthTicket, ABearerThatTheMintRefusesIsRefreshedOnce) {
  sign_in_with_bearer(native);
  native.begin(PINTLE_RESOLVE_WS_URL);
  native.answer_http(401, kExpired, kJson);
  ASSERT_TRUE(is_request(native, "POST", "/auth/native/refresh"));
  native.answer_http(200, tokens("AT2", "RT2", native.now_ms / 1000 + 900), kJson);
  ASSERT_TRUE(is_request(native, "POST", "/api/auth/ws-ticket"));
  native.answer_http(401, kExpired, kJson);
  EXPECT_EQ(native.code, PINTLE_LAYER_SESSION);
  EXPECT_TRUE(wants_sign_in(native));
}

TEST_F(OAuthTicket, WantsASignInWhereNobodyIsSignedIn) {
  EXPECT_EQ(native.begin(PINTLE_RESOLVE_WS_URL), PINTLE_LAYER_GATE);
  EXPECT_TRUE(wants_sign_in(native));
}

TEST_F(OAuthTicket, StandsInNoErrorText) {
  begin();
  driver.answer_http(500, R"({"ticket":"T1-SECRET"})", kJson);
  EXPECT_THAT(driver.error.happened, Not(HasSubstr("T1-SECRET")));
}

}  // namespace
}  // namespace pintle::test
