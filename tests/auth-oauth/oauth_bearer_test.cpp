// SPDX-License-Identifier: Apache-2.0
//
// A session of bearer tokens: what is sent, and how it is renewed (gateway-contract 4).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oauth_driver.h"
#include "wire/bearer.h"

namespace pintle::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr const char* kOutage = R"({"detail":"Auth provider 'basic' unreachable"})";

class OAuthBearer : public testing::Test {
 protected:
  void SetUp() override { sign_in_with_bearer(driver); }
  std::string sent() {
    EXPECT_EQ(driver.decorate(), PINTLE_OK) << driver.error.message;
    return header_of(driver.headers, "Authorization");
  }
  void begin_refresh() {
    driver.begin(PINTLE_REFRESH);
    ASSERT_TRUE(is_request(driver, "POST", "/auth/native/refresh")) << driver.error.message;
  }
  void make_due() { driver.now_ms += 880'000; }
  void lapse() { driver.now_ms += 901'000; }
  std::string fresh(const std::string& access, const std::string& refresh) const {
    return tokens(access, refresh, driver.now_ms / 1000 + 900);
  }

  TestProbe probe = native_probe();
  SchemeDriver driver{oauth_scheme(), {}, probe.get()};
};

TEST_F(OAuthBearer, SendsTheTokenAndNoCookie) {
  EXPECT_EQ(sent(), "Bearer AT1");
  EXPECT_EQ(driver.headers.size(), 1U);
  ASSERT_EQ(driver.decorate(PINTLE_REQUEST_UPGRADE), PINTLE_OK);
  EXPECT_THAT(driver.headers, IsEmpty());
}

TEST_F(OAuthBearer, TakesNoCookieFromAnAnswer) {
  sent();
  EXPECT_EQ(driver.observe(200, pair_of("AT2", "RT2")), nothing());
  EXPECT_EQ(sent(), "Bearer AT1");
  EXPECT_EQ(driver.headers.size(), 1U);
}

TEST_F(OAuthBearer, WantsARefreshSomeTimeBeforeItLapses) {
  sent();
  const auto left_ms = driver.now_ms + 900'000 - driver.decoration.valid_until_ms;
  EXPECT_GE(left_ms, 60'000);
  EXPECT_LE(left_ms, 90'000);
}

TEST(OAuthRenewalTime, IsSpreadAndStaysWithinAShortLife) {
  EXPECT_EQ(oauth::renewal_time(0, 900'000, 0), 840'000);
  EXPECT_EQ(oauth::renewal_time(0, 900'000, 30'000), 810'000);
  EXPECT_NE(oauth::renewal_time(0, 900'000, 17), oauth::renewal_time(0, 900'000, 4711));
  for (const std::int64_t life_ms : {0, 1, 10, 1'000, 60'000}) {
    for (const std::uint64_t random : {0ULL, 1ULL, ~0ULL}) {
      const auto at_ms = oauth::renewal_time(5'000, 5'000 + life_ms, random);
      EXPECT_GE(at_ms, 5'000 + life_ms * 7 / 10) << life_ms;
      EXPECT_LE(at_ms, 5'000 + life_ms);
    }
  }
}

TEST_F(OAuthBearer, DoesNothingLongBeforeARefreshIsDue) {
  driver.begin(PINTLE_REFRESH);
  EXPECT_TRUE(needs(driver, PINTLE_NEED_DONE));
}

TEST_F(OAuthBearer, RefreshesWithTheRefreshTokenAndItsProviderAndNoOtherCredential) {
  make_due();
  begin_refresh();
  EXPECT_EQ(text(driver.step.http_body), R"({"refresh_token":"RT1","provider":"basic"})");
  EXPECT_EQ(header_of(driver.step, "Authorization") + header_of(driver.step, "Cookie"), "");
  EXPECT_FALSE(driver.step.flags & PINTLE_STEP_MAY_REPEAT);
  driver.answer_http(200, fresh("AT2", "RT2"), kJson);
  ASSERT_TRUE(needs(driver, PINTLE_NEED_DONE));
  EXPECT_TRUE(driver.step.flags & PINTLE_STEP_SESSION_CHANGED);
  EXPECT_EQ(sent(), "Bearer AT2");
  make_due();
  begin_refresh();
  EXPECT_THAT(text(driver.step.http_body), HasSubstr("RT2"));
}

TEST_F(OAuthBearer, KeepsTheOldRefreshTokenWhereTheAnswersIsEmpty) {
  for (const auto& body : {fresh("AT2", ""), std::string(R"({"access_token":"AT2"})")}) {
    SCOPED_TRACE(body);
    sign_in_with_bearer(driver);
    make_due();
    begin_refresh();
    driver.answer_http(200, body, kJson);
    EXPECT_EQ(sent(), "Bearer AT2");
    EXPECT_THAT(driver.session(), HasSubstr(R"("refresh_token":"RT1")"));
  }
}

TEST_F(OAuthBearer, ALostAnswerIsAskedForOnceMoreAtOnceWithTheSameToken) {
  for (const int status : {0, 502, 504, 522, 524}) {
    SCOPED_TRACE(status);
    sign_in_with_bearer(driver);
    lapse();
    begin_refresh();
    if (status == 0) {
      driver.answer_failure(PINTLE_LAYER_TCP, "no answer in time");
    } else {
      driver.answer_http(status, "<html>", kPage);
    }
    ASSERT_TRUE(is_request(driver, "POST", "/auth/native/refresh"));
    EXPECT_THAT(text(driver.step.http_body), HasSubstr("RT1"));
    driver.answer_http(200, fresh("AT2", "RT2"), kJson);
    EXPECT_EQ(sent(), "Bearer AT2");
  }
}

TEST_F(OAuthBearer, TwoLostAnswersAreAFailureThatKeepsTheSession) {
  lapse();
  begin_refresh();
  driver.answer_failure(PINTLE_LAYER_TCP, "no answer in time");
  driver.answer_failure(PINTLE_LAYER_TCP, "no answer in time");
  EXPECT_EQ(driver.code, PINTLE_LAYER_TCP);
  EXPECT_FALSE(needs_sign_in(driver));
  EXPECT_THAT(driver.session(), HasSubstr("RT1"));
}

TEST_F(OAuthBearer, AFailureBeforeTheRequestLeftIsNotTriedAgain) {
  for (const auto layer : {PINTLE_LAYER_DNS, PINTLE_LAYER_TLS, PINTLE_LAYER_PROXY}) {
    lapse();
    begin_refresh();
    driver.answer_failure(layer, "no way there");
    EXPECT_EQ(driver.code, layer);
  }
}

TEST_F(OAuthBearer, AnOutageKeepsWhatThereIs) {
  lapse();
  begin_refresh();
  driver.answer_http(503, kOutage, kJson);
  EXPECT_EQ(driver.code, PINTLE_LAYER_PROVIDER);
  EXPECT_TRUE(driver.error.flags & PINTLE_ERROR_RETRY);
  EXPECT_FALSE(needs_sign_in(driver));
  EXPECT_EQ(sent(), "Bearer AT1");
}

TEST_F(OAuthBearer, AnOutageTellsNobodyWhileTheTokenIsGood) {
  make_due();
  begin_refresh();
  driver.answer_http(503, kOutage, kJson);
  EXPECT_TRUE(needs(driver, PINTLE_NEED_DONE));
  sent();
  EXPECT_GT(driver.decoration.valid_until_ms, driver.now_ms);
  driver.begin(PINTLE_REFRESH);
  EXPECT_TRUE(needs(driver, PINTLE_NEED_DONE)) << "not asked again at once";
  driver.now_ms += 15'000;
  begin_refresh();
}

TEST_F(OAuthBearer, A401OfTheRefreshIsFinalAndNeverRetried) {
  make_due();
  begin_refresh();
  driver.answer_http(401, R"({"error":"session_expired"})", kJson);
  EXPECT_EQ(driver.code, PINTLE_LAYER_SESSION);
  EXPECT_TRUE(needs_sign_in(driver));
  EXPECT_TRUE(driver.step.flags & PINTLE_STEP_SESSION_CHANGED);
  EXPECT_EQ(driver.session(), "");
  EXPECT_EQ(driver.decorate(), PINTLE_LAYER_SESSION);
}

TEST_F(OAuthBearer, ARefreshThatAProxyRefusedEndsNothing) {
  lapse();
  begin_refresh();
  driver.answer_http(401, "<html>", kPage);
  EXPECT_EQ(driver.code, PINTLE_LAYER_ACCESS_PROXY);
  EXPECT_FALSE(needs_sign_in(driver));
  EXPECT_THAT(driver.session(), HasSubstr("RT1"));
}

TEST_F(OAuthBearer, AnAnswerThatHoldsNoTokensKeepsTheOnesThereAre) {
  lapse();
  for (const char* body :
       {"", "{}", "[]", "{\"access_token\":7}", "{\"access_token\":\"two words\"}",
        "{\"access_token\":\"line\\nbreak\"}", "{\"access_token"}) {
    SCOPED_TRACE(body);
    begin_refresh();
    driver.answer_http(200, body, kJson);
    EXPECT_EQ(driver.code, PINTLE_LAYER_PROTOCOL);
    EXPECT_THAT(driver.session(), HasSubstr("RT1"));
  }
}

TEST_F(OAuthBearer, AFreshTokenIsFreshWhateverThisMachinesClockSays) {
  lapse();
  begin_refresh();
  // The gateway's clock is at 2001-09-09 01:46:40 and its token lives 900 s by it.
  driver.answer_http(200, tokens("AT2", "RT2", 1'000'000'000 + 900),
                     {{"Date", "Sun, 09 Sep 2001 01:46:40 GMT"}});
  driver.now_ms += 600'000;
  sent();
  EXPECT_GT(driver.decoration.valid_until_ms, driver.now_ms);
}

TEST_F(OAuthBearer, AFreshTokenIsFreshWhateverTheDateHeaderSays) {
  for (const char* date : {"Sun, 09 Sep 2001 01:46:40 GMT", "Tue, 19 Jan 2038 03:14:07 GMT"}) {
    SCOPED_TRACE(date);
    sign_in_with_bearer(driver);
    lapse();
    begin_refresh();
    driver.answer_http(200, fresh("AT2", "RT2"), {{"Date", date}});
    sent();
    EXPECT_GT(driver.decoration.valid_until_ms, driver.now_ms + 700'000);
  }
}

TEST_F(OAuthBearer, ATokenIsUsedUntilItIsRefusedWhereNoClockSaysWhenItLapses) {
  lapse();
  begin_refresh();
  // Expired by the gateway's Date, and by this machine's clock.
  driver.answer_http(200, tokens("AT2", "RT2", 1'000'000'000),
                     {{"Date", "Sun, 09 Sep 2001 02:46:40 GMT"}});
  sent();
  EXPECT_EQ(driver.decoration.valid_until_ms, 0);
  driver.begin(PINTLE_RESOLVE_WS_URL);
  EXPECT_TRUE(is_request(driver, "POST", "/api/auth/ws-ticket"));
}

TEST_F(OAuthBearer, ATokensLifeInSecondsNeedsNoClock) {
  lapse();
  begin_refresh();
  driver.answer_http(200,
                     R"({"access_token":"AT2","refresh_token":"RT2","expires_at":1000000000,)"
                     R"("expires_in":900})",
                     {{"Date", "Tue, 19 Jan 2038 03:14:07 GMT"}});
  sent();
  const auto left_ms = driver.now_ms + 900'000 - driver.decoration.valid_until_ms;
  EXPECT_GE(left_ms, 60'000);
  EXPECT_LE(left_ms, 90'000);
}

TEST_F(OAuthBearer, ATokenThatWasGivenJustNowIsUsedOnceThoughItLapsedMeanwhile) {
  lapse();
  begin_refresh();
  driver.answer_http(200, tokens("AT2", "RT2", driver.now_ms / 1000 + 1), kJson);
  driver.now_ms += 2'000;
  driver.begin(PINTLE_RESOLVE_WS_URL);
  ASSERT_TRUE(is_request(driver, "POST", "/api/auth/ws-ticket"));
  driver.answer_http(200, R"({"ticket":"T1"})", kJson);
  driver.begin(PINTLE_RESOLVE_WS_URL);
  EXPECT_EQ(driver.code, PINTLE_LAYER_SESSION) << "and then it is renewed";
}

TEST_F(OAuthBearer, ARefusedTokenIsRefreshedAndTheRequestSentOnceMore) {
  sent();
  EXPECT_EQ(driver.observe(401, kJson, kExpired),
            static_cast<std::uint32_t>(PINTLE_OBSERVATION_RETRY_ONCE));
  sent();
  EXPECT_EQ(driver.decoration.valid_until_ms, driver.now_ms) << "the host refreshes first";
  const auto old = driver.decoration;
  begin_refresh();
  driver.answer_http(200, fresh("AT2", "RT2"), kJson);
  driver.decoration = old;
  EXPECT_EQ(driver.observe(401, kJson, kExpired),
            static_cast<std::uint32_t>(PINTLE_OBSERVATION_RETRY_ONCE))
      << "another request's answer to the old token";
  EXPECT_EQ(sent(), "Bearer AT2");
  EXPECT_GT(driver.decoration.valid_until_ms, driver.now_ms);
}

TEST_F(OAuthBearer, ATokenThatIsRefusedFreshFromARefreshWantsASignIn) {
  sent();
  driver.observe(401, kJson, kExpired);
  begin_refresh();
  driver.answer_http(200, fresh("AT2", "RT2"), kJson);
  sent();
  EXPECT_EQ(driver.observe(401, kJson, kExpired),
            static_cast<std::uint32_t>(PINTLE_OBSERVATION_NEEDS_SIGN_IN));
}

TEST_F(OAuthBearer, ATokenThatWasLetInMayLapseAndBeRefreshedAgain) {
  for (int i = 2; i < 5; ++i) {
    sent();
    EXPECT_EQ(driver.observe(200), nothing());
    EXPECT_EQ(driver.observe(401, kJson, kExpired),
              static_cast<std::uint32_t>(PINTLE_OBSERVATION_RETRY_ONCE));
    begin_refresh();
    driver.answer_http(200, fresh("AT" + std::to_string(i), "RT2"), kJson);
  }
  EXPECT_EQ(sent(), "Bearer AT4");
}

TEST_F(OAuthBearer, WithoutARefreshTokenA401IsTheEnd) {
  sign_in_with_bearer(driver, 900, "");
  sent();
  EXPECT_EQ(driver.decoration.valid_until_ms, 0);
  driver.begin(PINTLE_REFRESH);
  EXPECT_TRUE(needs(driver, PINTLE_NEED_DONE));
  EXPECT_EQ(driver.observe(401, kJson, kExpired),
            static_cast<std::uint32_t>(PINTLE_OBSERVATION_NEEDS_SIGN_IN |
                                       PINTLE_OBSERVATION_SESSION_CHANGED));
  EXPECT_EQ(driver.session(), "");
}

TEST_F(OAuthBearer, IsKeptWhateverAFailingServerSays) {
  const auto before = driver.session();
  sent();
  for (const int status : {302, 400, 403, 404, 429, 500, 502, 503, 504, 522, 530}) {
    EXPECT_EQ(driver.observe(status, kPage, "<html>"), nothing()) << status;
  }
  EXPECT_EQ(driver.observe(401, kPage, "<html>"), nothing());
  EXPECT_EQ(driver.session(), before);
}

TEST_F(OAuthBearer, TellsWhoseItIsAndHowLongItHolds) {
  EXPECT_THAT(
      driver.describe(),
      ElementsAre(Pair("credential", "bearer"), Pair("user", "ada"), Pair("provider", "basic"),
                  Pair("expires_ms", std::to_string(driver.now_ms + 900'000))));
}

}  // namespace
}  // namespace pintle::test
