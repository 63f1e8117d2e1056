// SPDX-License-Identifier: Apache-2.0
//
// A session of cookies: what is sent, what each response may change, and what ends it
// (gateway-contract 3 and 5).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oauth_driver.h"

namespace pintle::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class OAuthCookies : public testing::Test {
 protected:
  void SetUp() override { sign_in_with_cookies(driver); }
  std::string sent() {
    EXPECT_EQ(driver.decorate(), PINTLE_OK) << driver.error.message;
    return header_of(driver.headers, "Cookie");
  }
  // All that would be sent for the gateway to revoke it.
  std::string sent_to_logout() {
    EXPECT_EQ(driver.decorate(PINTLE_REQUEST_REST, "/auth/logout"), PINTLE_OK)
        << driver.error.message;
    return header_of(driver.headers, "Cookie");
  }
  // Only the refresh cookie is left.
  void lapse() { driver.now_ms += 901'000; }

  TestProbe probe;
  SchemeDriver driver{oauth_scheme(), {}, probe.get()};
};

TEST_F(OAuthCookies, SendTheAccessCookieAloneAndNoOtherKindOfCredential) {
  EXPECT_EQ(sent(), "__Secure-hermes_session_at=AT1");
  EXPECT_EQ(driver.headers.size(), 1U);
}

TEST_F(OAuthCookies, SendsNothingWithAnUpgradeForItHasItsTicket) {
  ASSERT_EQ(driver.decorate(PINTLE_REQUEST_UPGRADE), PINTLE_OK);
  EXPECT_THAT(driver.headers, IsEmpty());
}

TEST_F(OAuthCookies, SendsBackAQuotedValueAsItCame) {
  sent();
  driver.observe(200, {set_cookie("rt", "\"eyJ.8pRg==\"", 2'592'000)});
  EXPECT_THAT(sent_to_logout(), HasSubstr("hermes_session_rt=\"eyJ.8pRg==\""));
}

TEST_F(OAuthCookies, NeverSendsACookieThatIsNoneOfTheGatewaysSession) {
  sent();
  EXPECT_EQ(driver.observe(200, {{"Set-Cookie", "tracker=1; Path=/"},
                                 {"Set-Cookie", "hermes_session_pkce=x; Path=/hermes"},
                                 {"Set-Cookie", "__cf_bm=y; Path=/; Secure"}}),
            nothing());
  EXPECT_EQ(sent_to_logout(), "__Secure-hermes_session_at=AT1; __Secure-hermes_session_rt=RT1");
}

TEST(OAuthCookieNames, AreTakenInEveryForm) {
  for (const char* prefix : {"", "__Host-", "__Secure-"}) {
    SCOPED_TRACE(prefix);
    TestProbe probe;
    SchemeDriver driver(oauth_scheme(), {}, probe.get());
    const std::string path = std::string_view(prefix) == "__Host-" ? "/" : "/hermes";
    const std::string more = "; HttpOnly; Max-Age=900; Secure; Path=" + path;
    const std::string name = std::string(prefix) + "hermes_session_";
    sign_in_with_cookies(
        driver, {{"Set-Cookie", name + "at=A" + more}, {"Set-Cookie", name + "rt=R" + more}});
    driver.decorate(PINTLE_REQUEST_REST, "/auth/logout");
    EXPECT_EQ(header_of(driver.headers, "Cookie"), name + "at=A; " + name + "rt=R");
  }
}

TEST_F(OAuthCookies, TakesARotationFromAnyAnswer) {
  for (const int status : {200, 204, 302, 400, 404, 409, 429, 500, 502, 503}) {
    SCOPED_TRACE(status);
    const auto number = std::to_string(status);
    sent();
    EXPECT_EQ(driver.observe(status, pair_of("AT" + number, "RT" + number)),
              static_cast<std::uint32_t>(PINTLE_OBSERVATION_SESSION_CHANGED));
    EXPECT_EQ(sent_to_logout(), "__Secure-hermes_session_at=AT" + number +
                                    "; __Secure-hermes_session_rt=RT" + number);
  }
}

TEST_F(OAuthCookies, HoldsOneNameOfEachCookieTheNewest) {
  sent();
  driver.observe(200, {set_cookie("at", "AT2", 900, ""), set_cookie("rt", "RT2", 900, "")});
  EXPECT_EQ(sent_to_logout(), "hermes_session_at=AT2; hermes_session_rt=RT2");
}

TEST_F(OAuthCookies, SaysNothingWhereNothingChanged) {
  sent();
  EXPECT_EQ(driver.observe(200), nothing());
}

TEST_F(OAuthCookies, LiveOnTheRefreshCookieAlone) {
  lapse();
  EXPECT_EQ(sent(), "__Secure-hermes_session_rt=RT1");
  EXPECT_EQ(driver.decoration.valid_until_ms, driver.now_ms) << "a refresh is to come first";
  driver.observe(200, pair_of("AT2", "RT2"));
  EXPECT_EQ(sent(), "__Secure-hermes_session_at=AT2");
  EXPECT_GT(driver.decoration.valid_until_ms, driver.now_ms);
  EXPECT_EQ(sent_to_logout(), "__Secure-hermes_session_at=AT2; __Secure-hermes_session_rt=RT2");
}

TEST_F(OAuthCookies, EndWithASignInWhereAllHaveLapsed) {
  driver.now_ms += 2'592'001'000;
  EXPECT_EQ(driver.decorate(), PINTLE_LAYER_SESSION);
  EXPECT_TRUE(needs_sign_in(driver));
}

TEST_F(OAuthCookies, DieWithA401ThatDeletesThemAndSawThemAll) {
  for (const char* body : {kExpired, ""}) {
    SCOPED_TRACE(body);
    sign_in_with_cookies(driver);
    sent_to_logout();
    EXPECT_EQ(driver.observe(401, all_deleted(), body),
              static_cast<std::uint32_t>(PINTLE_OBSERVATION_NEEDS_SIGN_IN |
                                         PINTLE_OBSERVATION_SESSION_CHANGED));
    EXPECT_EQ(driver.error.http_status, 401);
    EXPECT_EQ(driver.session(), "");
    EXPECT_EQ(driver.decorate(), PINTLE_LAYER_SESSION);
    EXPECT_TRUE(needs_sign_in(driver));
  }
}

// The gateway may end the access token early, and responds in one of these ways to a request
// without the refresh cookie.
TEST_F(OAuthCookies, ARefusalThatDidNotSeeTheRefreshCookieEndsNothing) {
  struct Row {
    int status;
    Fields headers;
    const char* body;
  };
  auto to_login = all_deleted();
  to_login.emplace_back("Location", "/hermes/login");
  for (const auto& row :
       {Row{401, all_deleted(), kExpired}, Row{401, kJson, kNoCookie}, Row{302, to_login, ""}}) {
    SCOPED_TRACE(std::to_string(row.status) + row.body);
    sign_in_with_cookies(driver);
    sent();
    const auto old = driver.decoration;
    EXPECT_EQ(driver.observe(row.status, row.headers, row.body),
              static_cast<std::uint32_t>(PINTLE_OBSERVATION_RETRY_ONCE));
    sent();
    EXPECT_EQ(driver.decoration.valid_until_ms, driver.now_ms) << "the host refreshes first";
    driver.begin(PINTLE_REFRESH);
    ASSERT_TRUE(is_request(driver, "GET", "/api/auth/me"));
    EXPECT_EQ(header_of(driver.step, "Cookie"), "__Secure-hermes_session_rt=RT1");
    driver.answer_http(200, kMe, pair_of("AT2", "RT2"));
    ASSERT_TRUE(needs(driver, PINTLE_NEED_DONE));
    EXPECT_EQ(sent(), "__Secure-hermes_session_at=AT2");
    EXPECT_GT(driver.decoration.valid_until_ms, driver.now_ms);
    driver.decoration = old;
    driver.observe(row.status, row.headers, row.body);
    EXPECT_THAT(sent_to_logout(), HasSubstr("AT2; __Secure-hermes_session_rt=RT2"))
        << "a late answer";
  }
}

TEST_F(OAuthCookies, AnAccessCookieThatIsRefusedFreshFromARenewalWantsASignInAndKeepsThem) {
  sent();
  driver.observe(401, all_deleted(), kExpired);
  driver.begin(PINTLE_REFRESH);
  driver.answer_http(200, kMe, pair_of("AT2", "RT2"));
  sent();
  EXPECT_EQ(driver.observe(401, all_deleted(), kExpired),
            static_cast<std::uint32_t>(PINTLE_OBSERVATION_NEEDS_SIGN_IN));
  EXPECT_THAT(sent_to_logout(), HasSubstr("RT2"));
}

TEST_F(OAuthCookies, ARefusedAccessCookieThatNoRenewalReplacesIsSentWithTheOther) {
  sent();
  driver.observe(401, all_deleted(), kExpired);
  driver.begin(PINTLE_REFRESH);
  driver.answer_http(200, kMe);
  ASSERT_TRUE(needs(driver, PINTLE_NEED_DONE));
  EXPECT_THAT(sent(), HasSubstr("RT1"));
  EXPECT_GT(driver.decoration.valid_until_ms, driver.now_ms) << "not at every request again";
}

TEST_F(OAuthCookies, ADeadSessionsLateAnswerNeverEndsANewerOne) {
  sent();
  const auto old = driver.decoration;
  driver.observe(200, pair_of("AT2", "RT2"));
  driver.decoration = old;
  EXPECT_EQ(driver.observe(401, all_deleted(), kExpired),
            static_cast<std::uint32_t>(PINTLE_OBSERVATION_RETRY_ONCE));
  EXPECT_EQ(sent_to_logout(), "__Secure-hermes_session_at=AT2; __Secure-hermes_session_rt=RT2");
}

TEST_F(OAuthCookies, ALateRotationOfAnOlderRefreshTokenIsNotTaken) {
  sent();
  const auto old = driver.decoration;
  driver.observe(200, pair_of("AT2", "RT2"));
  driver.decoration = old;
  EXPECT_EQ(driver.observe(200, pair_of("AT1b", "RT1b")), nothing());
  EXPECT_THAT(sent_to_logout(), HasSubstr("RT2"));
}

TEST_F(OAuthCookies, ALateRotationOfTheRefreshTokenThatIsHeldIsTaken) {
  sent();
  const auto old = driver.decoration;
  driver.observe(200, {set_cookie("at", "AT2", 900)});  // Only the access cookie.
  driver.decoration = old;
  EXPECT_EQ(driver.observe(200, pair_of("AT3", "RT3")),
            static_cast<std::uint32_t>(PINTLE_OBSERVATION_SESSION_CHANGED));
  EXPECT_THAT(sent_to_logout(), HasSubstr("RT3"));
}

TEST_F(OAuthCookies, AHintThatChangesMakesNoAnswerLate) {
  sent();
  const auto old = driver.decoration;
  driver.observe(200, {set_cookie("provider", "basic", 900)});
  driver.decoration = old;
  EXPECT_NE(driver.observe(200, pair_of("AT2", "RT2")), nothing());
  EXPECT_THAT(sent_to_logout(), HasSubstr("RT2"));
}

TEST_F(OAuthCookies, AnAnswerFromBeforeTheSignInDoesNotTouchIt) {
  sent();
  const auto old = driver.decoration;
  sign_in_with_cookies(driver, pair_of("AT9", "RT9"));
  driver.decoration = old;
  EXPECT_EQ(driver.observe(401, all_deleted(), kExpired),
            static_cast<std::uint32_t>(PINTLE_OBSERVATION_RETRY_ONCE));
  EXPECT_EQ(driver.observe(200, pair_of("AT2", "RT2")), nothing());
  EXPECT_THAT(sent_to_logout(), HasSubstr("RT9"));
}

TEST_F(OAuthCookies, AreKeptWhateverAFailingServerSays) {
  struct Row {
    int status;
    Fields headers;
    const char* body;
  };
  const Row rows[] = {
      {503, kJson, R"({"detail":"Auth provider 'basic' unreachable"})"},
      {500, kJson, R"({"detail":"Internal Server Error"})"},
      {502, kPage, "<html>Bad Gateway</html>"},
      {504, kPage, "<html>Gateway Time-out</html>"},
      {520, kPage, "<html>520</html>"},
      {522, kPage, "<html>522</html>"},
      {530, kPage, "<html>530</html>"},
      {429, kJson, R"({"detail":"Too many"})"},
      {400, kJson, R"({"detail":"Invalid Host header"})"},
      {403, kJson, R"({"detail":"not yours"})"},
      {404, kJson, R"({"detail":"Not Found"})"},
      {401, kPage, "<html>Sign in to the proxy</html>"},
      {403, kPage, "<html>Forbidden</html>"},
      {401, {{"WWW-Authenticate", "Basic realm=\"proxy\""}}, ""},
      {302, {{"Location", "https://team.cloudflareaccess.com/login"}}, ""},
  };
  const auto before = driver.session();
  for (const auto& row : rows) {
    SCOPED_TRACE(std::to_string(row.status) + row.body);
    sent_to_logout();
    EXPECT_EQ(driver.observe(row.status, row.headers, row.body), nothing());
  }
  for (const int status : {429, 500, 502, 503, 522}) {
    EXPECT_EQ(driver.observe(status, all_deleted()), nothing()) << status;
  }
  EXPECT_EQ(driver.session(), before);
}

TEST_F(OAuthCookies, A401ThatSawNoCookieAsksForASignInAndKeepsThem) {
  sent_to_logout();
  EXPECT_EQ(driver.observe(401, kJson, kNoCookie),
            static_cast<std::uint32_t>(PINTLE_OBSERVATION_NEEDS_SIGN_IN));
  EXPECT_NE(driver.session(), "");
}

TEST_F(OAuthCookies, A401WithAFreshPairIsTriedOnceMore) {
  sent();
  EXPECT_EQ(driver.observe(401, pair_of("AT2", "RT2"), kExpired),
            static_cast<std::uint32_t>(PINTLE_OBSERVATION_RETRY_ONCE |
                                       PINTLE_OBSERVATION_SESSION_CHANGED));
  EXPECT_THAT(sent_to_logout(), HasSubstr("RT2"));
}

TEST_F(OAuthCookies, ARefusedUpgradeProvesNothingAboutThem) {
  sent();
  EXPECT_EQ(driver.observe(403, {}, {}, PINTLE_REQUEST_UPGRADE), nothing());
  EXPECT_EQ(driver.observe(401, all_deleted(), kNoCookie, PINTLE_REQUEST_UPGRADE), nothing());
  EXPECT_THAT(sent_to_logout(), HasSubstr("RT1"));
}

TEST_F(OAuthCookies, AreGoneAfterTheAppItselfSignedOut) {
  sent_to_logout();
  auto headers = all_deleted();
  headers.emplace_back("Location", "/hermes/login");
  EXPECT_EQ(driver.observe(302, headers),
            static_cast<std::uint32_t>(PINTLE_OBSERVATION_SESSION_CHANGED));
  EXPECT_EQ(driver.session(), "");
  EXPECT_EQ(driver.decorate(), PINTLE_LAYER_GATE);
  EXPECT_TRUE(needs_sign_in(driver));
}

TEST_F(OAuthCookies, NeedNoRefreshWhileTheAccessCookieIsGood) {
  ASSERT_EQ(driver.begin(PINTLE_REFRESH), PINTLE_OK);
  EXPECT_TRUE(needs(driver, PINTLE_NEED_DONE));
}

TEST_F(OAuthCookies, AreRenewedByARequestWithTheRefreshCookieAlone) {
  for (const auto later_ms : {880'000, 901'000}) {  // Just before and just after it has expired.
    SCOPED_TRACE(later_ms);
    sign_in_with_cookies(driver);
    driver.now_ms += later_ms;
    driver.begin(PINTLE_REFRESH);
    ASSERT_TRUE(is_request(driver, "GET", "/api/auth/me"));
    EXPECT_EQ(header_of(driver.step, "Cookie"), "__Secure-hermes_session_rt=RT1");
    driver.answer_http(200, kMe, pair_of("AT2", "RT2"));
    ASSERT_TRUE(needs(driver, PINTLE_NEED_DONE));
    EXPECT_TRUE(driver.step.flags & PINTLE_STEP_SESSION_CHANGED);
    EXPECT_THAT(sent_to_logout(), HasSubstr("RT2"));
  }
}

TEST_F(OAuthCookies, ARenewalWhoseAnswerWasLostIsTriedOnceMoreAtOnce) {
  lapse();
  driver.begin(PINTLE_REFRESH);
  driver.answer_failure(PINTLE_LAYER_TCP, "no answer in time");
  ASSERT_TRUE(is_request(driver, "GET", "/api/auth/me"));
  driver.answer_failure(PINTLE_LAYER_TCP, "no answer in time");
  EXPECT_EQ(driver.code, PINTLE_LAYER_TCP);
  EXPECT_FALSE(needs_sign_in(driver));
  EXPECT_EQ(sent(), "__Secure-hermes_session_rt=RT1");
}

TEST_F(OAuthCookies, ARenewalThatFailsTellsNobodyWhileTheAccessCookieIsGood) {
  driver.now_ms += 880'000;
  driver.begin(PINTLE_REFRESH);
  driver.answer_http(503, R"({"detail":"Auth provider 'basic' unreachable"})", kJson);
  EXPECT_TRUE(needs(driver, PINTLE_NEED_DONE));
  sent();
  EXPECT_GT(driver.decoration.valid_until_ms, driver.now_ms) << "not at every request again";
}

TEST_F(OAuthCookies, ARenewalInAnOutageKeepsThemAndSaysWhoIsOut) {
  lapse();
  driver.begin(PINTLE_REFRESH);
  driver.answer_http(503, R"({"detail":"Auth provider 'basic' unreachable"})", kJson);
  EXPECT_EQ(driver.code, PINTLE_LAYER_PROVIDER);
  EXPECT_TRUE(driver.error.flags & PINTLE_ERROR_RETRY);
  EXPECT_FALSE(needs_sign_in(driver));
  EXPECT_EQ(sent(), "__Secure-hermes_session_rt=RT1");
}

TEST_F(OAuthCookies, ARenewalThatFindsTheSessionDeadEndsIt) {
  lapse();
  driver.begin(PINTLE_REFRESH);
  driver.answer_http(401, kExpired, all_deleted());
  EXPECT_EQ(driver.code, PINTLE_LAYER_SESSION);
  EXPECT_TRUE(needs_sign_in(driver));
  EXPECT_TRUE(driver.step.flags & PINTLE_STEP_SESSION_CHANGED);
  EXPECT_EQ(driver.session(), "");
}

TEST_F(OAuthCookies, TellWhoseTheyAreAndHowLongTheyHold) {
  EXPECT_THAT(
      driver.describe(),
      ElementsAre(Pair("credential", "cookies"), Pair("user", "ada"), Pair("provider", "basic"),
                  Pair("expires_ms", std::to_string(driver.now_ms + 900'000))));
}

TEST_F(OAuthCookies, SignOutEndsTheSessionHereFirstAndThenAtTheGateway) {
  driver.begin(PINTLE_SIGN_OUT);
  ASSERT_TRUE(is_request(driver, "POST", "/auth/logout"));
  EXPECT_THAT(header_of(driver.step, "Cookie"), HasSubstr("RT1"));
  EXPECT_TRUE(driver.step.flags & PINTLE_STEP_SESSION_CHANGED);
  EXPECT_EQ(driver.session(), "");
  driver.answer_http(302, "", {{"Location", "/hermes/login"}});
  ASSERT_TRUE(needs(driver, PINTLE_NEED_DONE));
  EXPECT_EQ(driver.decorate(), PINTLE_LAYER_GATE);
}

TEST_F(OAuthCookies, SignOutSaysWhatStaysValidWhereTheGatewayWasNotReached) {
  driver.begin(PINTLE_SIGN_OUT);
  driver.answer_failure(PINTLE_LAYER_TCP, "the connection was refused");
  ASSERT_TRUE(needs(driver, PINTLE_NEED_DONE));
  EXPECT_THAT(text(driver.step.message), HasSubstr("stays valid"));
  EXPECT_THAT(text(driver.step.message), HasSubstr("the connection was refused"));
  for (const auto& [status, location] :
       {std::pair{503, ""}, {302, "https://team.cloudflareaccess.com/login"}}) {
    sign_in_with_cookies(driver);
    driver.begin(PINTLE_SIGN_OUT);
    driver.answer_http(status, "", {{"Location", location}});
    EXPECT_THAT(text(driver.step.message), HasSubstr("stays valid")) << status;
    EXPECT_EQ(driver.session(), "");
  }
}

}  // namespace
}  // namespace pintle::test
