// SPDX-License-Identifier: Apache-2.0
//
// Signing out: the requests to the gateway, and the message to the user about what stays valid.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "oauth_driver.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kGone = "/hermes/login";

// A bearer of the provider that the gateway names.
void sign_in_with_bearer_of(SchemeDriver& driver, const std::string& provider) {
  go_to_the_token(driver);
  ASSERT_TRUE(is_request(driver, "POST", "/auth/native/token")) << driver.error.message;
  driver.answer_http(200,
                     R"({"access_token":"AT1","refresh_token":"RT1","expires_at":)" +
                         std::to_string(driver.now_ms / 1000 + 900) + R"(,"provider":")" +
                         provider + "\"}",
                     kJson);
  driver.answer_http(200, "{}", kJson);
  ASSERT_TRUE(needs(driver, PINTLE_NEED_DONE)) << driver.error.message;
}

class OAuthSignOut : public testing::Test {
 protected:
  std::string sign_out(int status, const std::string& location) {
    driver_.begin(PINTLE_SIGN_OUT);
    EXPECT_TRUE(is_request(driver_, "POST", "/auth/logout"));
    EXPECT_TRUE(driver_.step.flags & PINTLE_STEP_SESSION_CHANGED) << "forgotten before it is told";
    EXPECT_EQ(driver_.session(), "");
    driver_.answer_http(status, "", {{"Location", location}});
    EXPECT_TRUE(needs(driver_, PINTLE_NEED_DONE));
    return text(driver_.step.message);
  }

  TestProbe probe_ = native_probe();
  SchemeDriver driver_{oauth_scheme(), {}, probe_.get()};
};

TEST_F(OAuthSignOut, RevokesABearersRefreshTokenByTheCookieUnderEachOfItsNames) {
  sign_in_with_bearer_of(driver_, "keycloak");
  driver_.begin(PINTLE_SIGN_OUT);
  ASSERT_TRUE(is_request(driver_, "POST", "/auth/logout"));
  EXPECT_EQ(header_of(driver_.step, "Cookie"),
            "__Host-hermes_session_rt=RT1; __Secure-hermes_session_rt=RT1; hermes_session_rt=RT1");
  EXPECT_EQ(header_of(driver_.step, "Authorization"), "");
}

TEST_F(OAuthSignOut, SaysHowLongTheAccessTokenStaysValid) {
  driver_.now_ms = 1'795'694'400'000;  // 2026-11-26 12:00 UTC.
  sign_in_with_bearer_of(driver_, "keycloak");
  EXPECT_EQ(sign_out(302, kGone),
            "The access token stays valid at the gateway until 2026-11-26 12:15 UTC.");
}

TEST_F(OAuthSignOut, SaysThatAProviderRevokesNothing) {
  for (const char* provider : {"basic", "nous"}) {
    sign_in_with_bearer_of(driver_, provider);
    const auto said = sign_out(302, kGone);
    EXPECT_THAT(said, HasSubstr("the refresh token until it expires"));
    EXPECT_THAT(said, HasSubstr(std::string("The provider ") + provider + " revokes nothing."));
  }
}

TEST_F(OAuthSignOut, SaysThatTheGatewayCouldNotBeTold) {
  sign_in_with_bearer_of(driver_, "keycloak");
  const auto said = sign_out(502, "");
  EXPECT_THAT(said, HasSubstr("The access token stays valid"));
  EXPECT_THAT(said, HasSubstr("the refresh token until"));
  EXPECT_THAT(said, HasSubstr("could not be notified of the sign-out: it answered with HTTP 502."));
}

TEST_F(OAuthSignOut, SaysTheSameOfCookies) {
  driver_.now_ms = 1'795'694'400'000;
  TestProbe older;
  SchemeDriver driver(oauth_scheme(), {}, older.get());
  driver.now_ms = driver_.now_ms;
  sign_in_with_cookies(driver);  // Of basic.
  driver.begin(PINTLE_SIGN_OUT);
  driver.answer_http(302, "", {{"Location", kGone}});
  EXPECT_EQ(text(driver.step.message),
            "The access token stays valid at the gateway until 2026-11-26 12:15 UTC, the refresh "
            "token until 2026-12-26 12:00 UTC. The provider basic revokes nothing.");
}

TEST_F(OAuthSignOut, PromisesNothingOfAProviderThatIsNotKnown) {
  TestProbe older = {.providers = {"keycloak", "github"}, .password_providers = {}};
  SchemeDriver driver(oauth_scheme(), {}, older.get());
  driver.begin(PINTLE_SIGN_IN, PINTLE_MAY_ASK, "window");
  driver.answer_fields({{"hermes_session_at", "AT1"}, {"hermes_session_rt", "RT1"}});
  driver.answer_http(200, "{}", kJson);
  ASSERT_TRUE(needs(driver, PINTLE_NEED_DONE)) << driver.error.message;
  driver.begin(PINTLE_SIGN_OUT);
  driver.answer_http(302, "", {{"Location", kGone}});
  EXPECT_THAT(text(driver.step.message), HasSubstr("the refresh token"));
  EXPECT_THAT(text(driver.step.message), HasSubstr("which is unknown"));
}

TEST_F(OAuthSignOut, SendsNoTokenThatCannotStandInACookie) {
  go_to_the_token(driver_);
  driver_.answer_http(200, R"({"access_token":"AT1","refresh_token":"R;T","provider":"keycloak"})",
                      kJson);
  driver_.answer_http(200, "{}", kJson);
  driver_.begin(PINTLE_SIGN_OUT);
  ASSERT_TRUE(needs(driver_, PINTLE_NEED_DONE));
  EXPECT_THAT(text(driver_.step.message), HasSubstr("refresh token"));
  EXPECT_THAT(text(driver_.step.message), Not(HasSubstr("R;T")));
}

}  // namespace
}  // namespace pintle::test
