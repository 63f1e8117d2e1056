// Signing in with a password: what is left behind at the gateway, and what is kept here.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oauth_driver.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t kAsk = PINTLE_MAY_ASK;
constexpr const char* kWrong = R"({"detail":"Invalid credentials"})";
const Fields kBegun = {{"Location", "/hermes/login?provider=basic"},
                       {"Set-Cookie", "hermes_session_pkce=begun; Path=/hermes"}};

TestProbe newest_probe() {
  return {.providers = {"basic", "nous"},
          .password_providers = {"basic"},
          .flows = {"cookie", "native_pkce"}};
}

void type_password(SchemeDriver& driver) {
  ASSERT_TRUE(needs(driver, PINTLE_NEED_INPUT)) << driver.error.happened;
  driver.answer_fields({{"username", "ada"}, {"password", "open sesame"}}, "typed");
}

TEST(OAuthPassword, LeavesNoAuthorizationPendingAtAGatewayThatHasCookies) {
  auto probe = newest_probe();
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  driver.begin(PINTLE_SIGN_IN, kAsk, "password");
  answer_password(driver);
  ASSERT_TRUE(is_request(driver, "POST", "/auth/password-login"));
  EXPECT_EQ(header_of(driver.step, "Cookie"), "");
  driver.answer_http(200, R"({"ok":true,"next":"/"})", pair_of("AT1", "RT1"));
  ASSERT_TRUE(is_request(driver, "GET", "/api/auth/me"));
  EXPECT_THAT(header_of(driver.step, "Cookie"), HasSubstr("AT1")) << "that session is the one";
}

TEST(OAuthPassword, OpensOneAuthorizationForAllTries) {
  auto probe = native_probe();
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  driver.begin(PINTLE_SIGN_IN, kAsk, "password");
  type_password(driver);
  ASSERT_TRUE(is_request(driver, "GET", "/auth/native/authorize"));
  const auto state = parameter(text(driver.step.http_url), "state");
  driver.answer_http(302, "", kBegun);
  for (int wrong = 0; wrong < 2; ++wrong) {
    ASSERT_TRUE(is_request(driver, "POST", "/auth/password-login"));
    EXPECT_EQ(header_of(driver.step, "Cookie"), "hermes_session_pkce=begun");
    driver.answer_http(401, kWrong, kJson);
    ASSERT_TRUE(needs(driver, PINTLE_NEED_INPUT)) << driver.error.happened;
    EXPECT_THAT(text(driver.step.message), HasSubstr("is wrong"));
    type_password(driver);
  }
  ASSERT_TRUE(is_request(driver, "POST", "/auth/password-login"));
  driver.answer_http(200, R"({"ok":true,"next":"http://127.0.0.1:49152/callback?code=C0DE&state=)" +
                              state + "\"}");
  EXPECT_TRUE(is_request(driver, "POST", "/auth/native/token")) << driver.error.happened;
}

TEST(OAuthPassword, IsAskedForThreeTimesAndNoMore) {
  TestProbe probe;
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  driver.begin(PINTLE_SIGN_IN, kAsk, "password");
  for (int tries = 0; tries < 3; ++tries) {
    type_password(driver);
    driver.answer_http(401, kWrong, kJson);
  }
  EXPECT_EQ(driver.code, PINTLE_LAYER_GATE);
  EXPECT_TRUE(wants_sign_in(driver));
}

TEST(OAuthPassword, IsNotReadOnceMoreFromWhereItWasWrong) {
  TestProbe probe;
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  driver.begin(PINTLE_SIGN_IN, kAsk, "password");
  answer_password(driver);
  driver.answer_http(401, kWrong, kJson);
  EXPECT_EQ(driver.code, PINTLE_LAYER_GATE);
}

TEST(OAuthPassword, ThatIsGivenChoosesTheProviderThatTakesOne) {
  auto probe = newest_probe();
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  driver.given = {view("username"), view("password")};
  driver.begin(PINTLE_SIGN_IN, kAsk);
  answer_password(driver);
  EXPECT_THAT(text(driver.step.http_body), HasSubstr(R"("provider":"basic")"));
  // But not against what was named.
  driver.begin(PINTLE_SIGN_IN, kAsk, "", "nous");
  EXPECT_TRUE(needs(driver, PINTLE_NEED_BROWSER));
}

TEST(OAuthPassword, KeepsACookieThatABrowserWouldDrop) {
  const std::string access(9'000, 'A');
  TestProbe probe;
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  sign_in_with_cookies(driver, pair_of(access, std::string(9'000, 'R')));
  driver.decorate();
  EXPECT_THAT(header_of(driver.headers, "Cookie"), HasSubstr(access));
  SchemeDriver later(oauth_scheme(), driver.session());
  later.decorate();
  EXPECT_THAT(header_of(later.headers, "Cookie"), HasSubstr(access)) << "as it was stored";
}

TEST(OAuthPassword, SignsNobodyInWhoseCookiesAreTooLarge) {
  const std::string huge(33'000, 'A');
  for (const auto& fields : {pair_of(huge, "RT1"), pair_of("AT1", huge)}) {
    TestProbe probe;
    SchemeDriver driver(oauth_scheme(), {}, probe.get());
    driver.begin(PINTLE_SIGN_IN, kAsk, "password");
    answer_password(driver);
    driver.answer_http(200, R"({"ok":true})", fields);
    EXPECT_EQ(driver.code, PINTLE_LAYER_GATE);
    EXPECT_THAT(std::string(driver.error.happened),
                HasSubstr("no session cookie that can be kept (too large)"));
    EXPECT_THAT(std::string(driver.error.next_step), HasSubstr("32 KiB"));
    EXPECT_TRUE(driver.session().empty());
  }
}

TEST(OAuthPassword, SignsNobodyInWithoutAnAccessCookie) {
  TestProbe probe;
  SchemeDriver driver(oauth_scheme(), {}, probe.get());
  driver.begin(PINTLE_SIGN_IN, kAsk, "password");
  answer_password(driver);
  driver.answer_http(200, R"({"ok":true})", {set_cookie("rt", "RT1", 900)});
  EXPECT_EQ(driver.code, PINTLE_LAYER_GATE);
}

}  // namespace
}  // namespace pintle::test
