// SPDX-License-Identifier: Apache-2.0
//
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
    ASSERT_TRUE(is_request(driver, "POST", "/api/auth/ws-ticket")) << driver.error.message;
  }

  // Minting fails, can be retried, and the host is asked to refresh.
  static void expect_renewal_first(SchemeDriver& one) {
    one.begin(PINTLE_RESOLVE_WS_URL);
    EXPECT_EQ(one.code, PINTLE_LAYER_SESSION);
    EXPECT_TRUE(one.error.flags & PINTLE_ERROR_RETRY);
    EXPECT_FALSE(needs_sign_in(one));
    ASSERT_EQ(one.decorate(PINTLE_REQUEST_UPGRADE), PINTLE_OK);
    EXPECT_LE(one.decoration.valid_until_ms, one.now_ms);
    EXPECT_NE(one.decoration.valid_until_ms, 0);
  }

  TestProbe probe = {};
  SchemeDriver driver{oauth_scheme(), {}, probe.get()};
  TestProbe newer = native_probe();
  SchemeDriver native{oauth_scheme(), {}, newer.get()};
};

TEST_F(OAuthTicket, IsMintedWithTheCookiesAndPutOnTheUrlForOneUse) {
  begin();
  EXPECT_EQ(header_of(driver.step, "Cookie"), "__Secure-hermes_session_at=AT1");
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
  EXPECT_FALSE(needs_sign_in(driver));
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
      {401, kJson, kNoCookie, PINTLE_LAYER_SESSION, false, true},
      {401, kPage, "<html>", PINTLE_LAYER_ACCESS_PROXY, false, false},
      {302,
       {{"Location", "https://t.cloudflareaccess.com/"}},
       "",
       PINTLE_LAYER_ACCESS_PROXY,
       false,
       false},
      {404, kJson, R"({"detail":"Not Found"})", PINTLE_LAYER_TICKET, false, false},
      {400, kJson, R"({"detail":"Invalid Host header: x"})", PINTLE_LAYER_HOST_GUARD, false, false},
      {429, kJson, R"({"detail":"slow"})", PINTLE_LAYER_RATE_LIMIT, false, true},
      {500, kJson, R"({"detail":"broken"})", PINTLE_LAYER_PROTOCOL, false, true},
      {502, kPage, "<html>", PINTLE_LAYER_ACCESS_PROXY, false, true},
      {503, kJson, R"({"detail":"Auth provider 'basic' unreachable"})", PINTLE_LAYER_PROVIDER,
       false, true},
      {522, kPage, "<html>", PINTLE_LAYER_ACCESS_PROXY, false, true},
      {200, kPage, "<html>", PINTLE_LAYER_ACCESS_PROXY, false, false},
      {200, kJson, "{}", PINTLE_LAYER_TICKET, false, false},
      {200, kJson, R"({"ticket":""})", PINTLE_LAYER_TICKET, false, false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(std::to_string(row.status) + row.body);
    sign_in_with_cookies(driver);
    const auto before = driver.session();
    begin();
    driver.answer_http(row.status, row.body, row.headers);
    EXPECT_EQ(driver.code, row.layer) << driver.error.message;
    EXPECT_EQ(needs_sign_in(driver), row.sign_in);
    EXPECT_EQ((driver.error.flags & PINTLE_ERROR_RETRY) != 0, row.retry);
    EXPECT_EQ(driver.session(), before) << "none of them ends the session";
  }
}

TEST_F(OAuthTicket, ADeadSessionIsToldAtTheRenewalThatTheMintLeadsTo) {
  begin();
  driver.answer_http(401, kExpired, all_deleted());
  expect_renewal_first(driver);
  driver.begin(PINTLE_REFRESH);
  driver.answer_http(401, kExpired, all_deleted());
  EXPECT_EQ(driver.code, PINTLE_LAYER_SESSION);
  EXPECT_TRUE(needs_sign_in(driver));
  EXPECT_EQ(driver.session(), "");
}

TEST_F(OAuthTicket, TakesARotationThatCameWithIt) {
  begin();
  auto headers = pair_of("AT2", "RT2");
  driver.answer_http(200, R"({"ticket":"T1"})", headers);
  EXPECT_TRUE(driver.step.flags & PINTLE_STEP_SESSION_CHANGED);
  begin();
  EXPECT_THAT(header_of(driver.step, "Cookie"), HasSubstr("AT2"));
  driver.answer_http(503, R"({"detail":"out"})", pair_of("AT3", "RT3"));
  begin();
  EXPECT_THAT(header_of(driver.step, "Cookie"), HasSubstr("AT3"));
}

TEST_F(OAuthTicket, IsNotMintedWithTheRefreshCookieAlone) {
  begin();
  EXPECT_TRUE(driver.step.flags & PINTLE_STEP_MAY_REPEAT);
  driver.now_ms += 901'000;
  expect_renewal_first(driver);
}

TEST_F(OAuthTicket, IsAskedForOnceMoreWhereTheSessionWasRenewedMeanwhile) {
  begin();
  driver.decorate();
  driver.observe(200, pair_of("AT2", "RT2"));
  driver.answer_http(401, kExpired, all_deleted());
  ASSERT_TRUE(is_request(driver, "POST", "/api/auth/ws-ticket")) << driver.error.message;
  EXPECT_THAT(header_of(driver.step, "Cookie"), HasSubstr("AT2"));
  driver.answer_http(200, R"({"ticket":"T1"})", kJson);
  EXPECT_THAT(text(driver.step.ws_url), HasSubstr("T1"));
}

TEST_F(OAuthTicket, IsNotMintedWithALapsedBearer) {
  sign_in_with_bearer(native);
  native.now_ms += 961'000;  // It was not used yet, and stays in use for a minute.
  expect_renewal_first(native);
}

// Another process might renew the session at the same time: the host does so, under a lock.
TEST_F(OAuthTicket, ATokenThatTheMintRefusesIsLeftToTheHostToRenew) {
  sign_in_with_bearer(native);
  for (auto* one : {&driver, &native}) {
    one->begin(PINTLE_RESOLVE_WS_URL);
    one->answer_http(401, kExpired, kJson);
    EXPECT_EQ(one->code, PINTLE_LAYER_SESSION);
    EXPECT_TRUE(one->error.flags & PINTLE_ERROR_RETRY);
    EXPECT_FALSE(needs_sign_in(*one));
    expect_renewal_first(*one);
    one->begin(PINTLE_REFRESH);
    if (one == &driver) {
      one->answer_http(200, kMe, pair_of("AT2", "RT2"));
    } else {
      one->answer_http(200, tokens("AT2", "RT2", one->now_ms / 1000 + 900), kJson);
    }
    one->begin(PINTLE_RESOLVE_WS_URL);
    ASSERT_TRUE(is_request(*one, "POST", "/api/auth/ws-ticket"));
    one->answer_http(401, kExpired, kJson);
    EXPECT_EQ(one->code, PINTLE_LAYER_SESSION);
    EXPECT_TRUE(needs_sign_in(*one)) << "refused fresh from a renewal";
  }
}

TEST_F(OAuthTicket, WantsASignInWhereNobodyIsSignedIn) {
  EXPECT_EQ(native.begin(PINTLE_RESOLVE_WS_URL), PINTLE_LAYER_GATE);
  EXPECT_TRUE(needs_sign_in(native));
}

TEST_F(OAuthTicket, StandsInNoErrorText) {
  begin();
  driver.answer_http(500, R"({"ticket":"T1-SECRET"})", kJson);
  EXPECT_THAT(driver.error.message, Not(HasSubstr("T1-SECRET")));
}

}  // namespace
}  // namespace pintle::test
