// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/scheme_driver.h"

extern "C" const pintle_plugin_table pintle_token;

namespace pintle {
namespace {

using test::Fields;
using test::SchemeDriver;
using test::text;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr const char* kToken = "a/b c+d";

const pintle_scheme& scheme() { return *pintle_token.schemes[0]; }

void sign_in(SchemeDriver& driver, std::string_view token,
             std::string_view source = "file /run/token") {
  ASSERT_EQ(driver.begin(PINTLE_SIGN_IN), PINTLE_OK);
  ASSERT_EQ(driver.step.need, static_cast<std::uint32_t>(PINTLE_NEED_INPUT));
  driver.answer_fields({{"token", std::string(token)}}, source);
}

TEST(TokenScheme, AsksForTheTokenAndNothingElse) {
  SchemeDriver driver(scheme());
  ASSERT_EQ(driver.begin(PINTLE_SIGN_IN), PINTLE_OK);
  ASSERT_EQ(driver.step.input_count, 1U);
  EXPECT_EQ(text(driver.step.inputs[0].key), "token");
  EXPECT_TRUE(driver.step.inputs[0].flags & PINTLE_INPUT_SECRET);
}

TEST(TokenScheme, PutsTheTokenInItsHeaderOnRest) {
  SchemeDriver driver(scheme());
  sign_in(driver, "sesame-sesame\n");
  ASSERT_EQ(driver.code, PINTLE_OK);
  ASSERT_EQ(driver.decorate(), PINTLE_OK);
  EXPECT_THAT(driver.headers,
              UnorderedElementsAre(Pair("X-Hermes-Session-Token", "sesame-sesame")));
}

TEST(TokenScheme, PutsTheTokenInTheUrlOfTheWebSocketAndNotInAHeaderToo) {
  SchemeDriver driver(scheme());
  sign_in(driver, "a/b+c&d=e");
  ASSERT_EQ(driver.begin(PINTLE_RESOLVE_WS_URL), PINTLE_OK);
  EXPECT_EQ(driver.step.need, static_cast<std::uint32_t>(PINTLE_NEED_DONE));
  EXPECT_EQ(text(driver.step.ws_url),
            "wss://gateway.example/hermes/api/ws?token=a%2Fb%2Bc%26d%3De");
  EXPECT_EQ(driver.step.life, static_cast<std::uint32_t>(PINTLE_KEEP_UNTIL_REJECTED));
  ASSERT_EQ(driver.decorate(PINTLE_REQUEST_UPGRADE), PINTLE_OK);
  EXPECT_THAT(driver.headers, IsEmpty());
}

TEST(TokenScheme, WantsASignInBeforeItHasAToken) {
  SchemeDriver driver(scheme());
  EXPECT_EQ(driver.decorate(), PINTLE_LAYER_GATE);
  EXPECT_TRUE(driver.error.flags & PINTLE_ERROR_SIGN_IN);
  EXPECT_EQ(driver.begin(PINTLE_RESOLVE_WS_URL), PINTLE_LAYER_GATE);
}

TEST(TokenScheme, SaysWhichTokenWasRefusedAndWhereItCameFrom) {
  SchemeDriver driver(scheme());
  sign_in(driver, "token-of-24-or-more-abcdefghijklmnop");
  driver.decorate();
  EXPECT_EQ(driver.observe(401, {}, R"({"detail":"Unauthorized"})"),
            static_cast<std::uint32_t>(PINTLE_OBSERVATION_NEEDS_SIGN_IN));
  EXPECT_THAT(driver.error.message, HasSubstr("...klmnop from file /run/token"));
  EXPECT_THAT(driver.error.message, Not(HasSubstr("abcdef")));
  EXPECT_EQ(driver.error.http_status, 401);
}

TEST(TokenScheme, AsksForARetryWhereTheRefusedTokenWasAnOlderOne) {
  SchemeDriver driver(scheme());
  sign_in(driver, "the-first-token");
  driver.decorate();
  sign_in(driver, "the-second-token");
  EXPECT_EQ(driver.observe(401), static_cast<std::uint32_t>(PINTLE_OBSERVATION_RETRY_ONCE));
}

TEST(TokenScheme, TakesNothingElseForARejection) {
  SchemeDriver driver(scheme());
  sign_in(driver, "the-first-token");
  driver.decorate();
  for (const int status : {200, 302, 400, 403, 404, 429, 500, 502, 503, 522}) {
    EXPECT_EQ(driver.observe(status), static_cast<std::uint32_t>(PINTLE_OBSERVATION_NONE))
        << status;
  }
  EXPECT_EQ(driver.observe(401, {{"content-type", "text/html; charset=utf-8"}}),
            static_cast<std::uint32_t>(PINTLE_OBSERVATION_NONE));
  // An upgrade that a proxy dropped is answered as a plain GET without the header.
  for (const int status : {401, 403}) {
    EXPECT_EQ(driver.observe(status, {}, R"({"detail":"Unauthorized"})", PINTLE_REQUEST_UPGRADE),
              static_cast<std::uint32_t>(PINTLE_OBSERVATION_NONE));
  }
}

TEST(TokenScheme, RefusesWhatIsNoTokenWithoutRepeatingIt) {
  for (const char* bad : {"", "  \n", "two words", "line\nbreak", "caf\xc3\xa9", "nul\x01here"}) {
    SchemeDriver driver(scheme());
    sign_in(driver, bad);
    EXPECT_EQ(driver.code, PINTLE_LAYER_CONFIG) << bad;
    EXPECT_THAT(driver.error.message, HasSubstr("from file /run/token"));
    EXPECT_THAT(driver.error.message, Not(HasSubstr("words")));
  }
}

TEST(TokenScheme, KeepsNoSessionForTheTokenStaysWhereItIs) {
  SchemeDriver driver(scheme());
  sign_in(driver, "the-first-token");
  EXPECT_EQ(driver.session(), "");
  EXPECT_THAT(driver.describe(), UnorderedElementsAre(Pair("credential", "token (hidden)"),
                                                      Pair("source", "file /run/token")));
}

TEST(TokenScheme, ForgetsTheTokenAtSignOutAndSaysThatItStaysValid) {
  SchemeDriver driver(scheme());
  sign_in(driver, "the-first-token");
  ASSERT_EQ(driver.begin(PINTLE_SIGN_OUT), PINTLE_OK);
  EXPECT_THAT(text(driver.step.message), HasSubstr("stays valid"));
  driver.end();
  EXPECT_EQ(driver.decorate(), PINTLE_LAYER_GATE);
}

TEST(TokenScheme, PassesOnWhyTheHostCouldNotReadTheToken) {
  SchemeDriver driver(scheme());
  ASSERT_EQ(driver.begin(PINTLE_SIGN_IN), PINTLE_OK);
  EXPECT_EQ(driver.answer_failure(PINTLE_LAYER_CONFIG, "cannot read /run/token"),
            PINTLE_LAYER_CONFIG);
  EXPECT_THAT(driver.error.message, HasSubstr("cannot read /run/token"));
}

TEST(TokenScheme, CanBeEndedWhileItWaits) {
  SchemeDriver driver(scheme());
  ASSERT_EQ(driver.begin(PINTLE_SIGN_IN), PINTLE_OK);
  driver.end();
  EXPECT_EQ(driver.decorate(), PINTLE_LAYER_GATE);
}

TEST(TokenScheme, RefusesAWayItDoesNotKnow) {
  SchemeDriver driver(scheme());
  EXPECT_EQ(driver.begin(PINTLE_SIGN_IN, 0, "browser"), PINTLE_LAYER_CONFIG);
  EXPECT_THAT(driver.error.message, HasSubstr("browser"));
}

}  // namespace
}  // namespace pintle
