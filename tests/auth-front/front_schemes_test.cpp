// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/testing/matchers.h>

#include "support/scheme_driver.h"

extern "C" const pintle_plugin_table pintle_front;

namespace pintle {
namespace {

using test::DecoratesWith;
using test::NeedsBrowser;
using test::NeedsInput;
using test::NeedsSignIn;
using test::SchemeDriver;
using test::text;
using testing::HasSubstr;

const pintle_scheme& scheme(std::string_view id) {
  for (std::size_t i = 0; i < pintle_front.scheme_count; ++i) {
    if (text(pintle_front.schemes[i]->id) == id) return *pintle_front.schemes[i];
  }
  throw std::runtime_error("no such scheme");
}

TEST(FrontSchemes, AreFrontsAndHaveNoWebSocket) {
  ASSERT_EQ(pintle_front.scheme_count, 3U);
  for (const auto* id : {"basic", "service", "browser"}) {
    EXPECT_GT(scheme(id).front.size, 0U);
    SchemeDriver driver(scheme(id));
    EXPECT_EQ(driver.begin(PINTLE_RESOLVE_WS_URL), PINTLE_LAYER_PLUGIN);
    driver.decorate();
    EXPECT_THAT(driver, NeedsSignIn());
  }
}

TEST(BasicScheme, SendsNameAndPassword) {
  SchemeDriver driver(scheme("basic"));
  driver.begin(PINTLE_SIGN_IN);
  ASSERT_THAT(driver, NeedsInput("username"));
  ASSERT_THAT(driver, NeedsInput("password"));
  driver.answer_fields({{"username", "Aladdin"}, {"password", "open sesame\n"}}, "typed");
  driver.decorate();
  EXPECT_THAT(driver, DecoratesWith("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
}

TEST(ServiceScheme, SendsThePairOfCloudflareAccess) {
  SchemeDriver driver(scheme("service"));
  driver.begin(PINTLE_SIGN_IN);
  driver.answer_fields({{"client_id", "id.access"}, {"client_secret", "shh"}}, "typed");
  driver.decorate();
  EXPECT_THAT(driver, DecoratesWith("CF-Access-Client-Id", "id.access"));
  EXPECT_THAT(driver, DecoratesWith("CF-Access-Client-Secret", "shh"));
}

struct Kind {
  const char* kind;
  const char* header;
  const char* value;
};

TEST(ServiceScheme, SendsWhatItsKindSays) {
  for (const auto& [kind, header, value] :
       {Kind{"pomerium", "X-Pomerium-Authorization", "the-token"},
        Kind{"iap", "Proxy-Authorization", "Bearer the-token"},
        Kind{"ngrok", "ngrok-skip-browser-warning", "pintle"}}) {
    SchemeDriver driver(scheme("service"), test::DriverOptions{.settings = {{"kind", kind}}});
    driver.begin(PINTLE_SIGN_IN);
    if (std::string_view(kind) != "ngrok") driver.answer_fields({{"token", "the-token"}}, "typed");
    driver.decorate();
    EXPECT_THAT(driver, DecoratesWith(header, value)) << kind;
  }
}

TEST(BrowserScheme, AsksForAWindowThatEndsAtTheGateway) {
  SchemeDriver driver(scheme("browser"));
  driver.begin(PINTLE_SIGN_IN, PINTLE_MAY_ASK);
  EXPECT_THAT(driver, NeedsBrowser("https://gateway.example/hermes/"));
  EXPECT_EQ(driver.step.browser_ends_with, static_cast<std::uint32_t>(PINTLE_BROWSER_GATEWAY));
  driver.answer_fields({{"wall_0", "a"}, {"wall_1", "b"}}, "");
  driver.decorate();
  EXPECT_THAT(driver, DecoratesWith("Cookie", "wall_0=a; wall_1=b"));
}

TEST(BrowserScheme, LeavesTheGatewaysSessionInTheWindow) {
  SchemeDriver driver(scheme("browser"));
  driver.begin(PINTLE_SIGN_IN, PINTLE_MAY_ASK);
  driver.answer_fields({{"__Host-hermes_session_at", "x"}, {"wall", "a"}}, "");
  driver.decorate();
  EXPECT_THAT(driver, DecoratesWith("Cookie", "wall=a"));
}

TEST(BrowserScheme, TakesNoWindowWithoutCookies) {
  SchemeDriver driver(scheme("browser"));
  for (const auto& cookies : {test::Fields{}, test::Fields{{"wall", "a\r\nb"}, {"x", "1;y=2"}}}) {
    driver.begin(PINTLE_SIGN_IN, PINTLE_MAY_ASK);
    driver.answer_fields(cookies, "");
    EXPECT_THAT(driver, NeedsSignIn());
  }
}

TEST(BrowserScheme, NeverAsksInTheBackground) {
  SchemeDriver driver(scheme("browser"));
  driver.begin(PINTLE_SIGN_IN, 0);
  EXPECT_THAT(driver, NeedsSignIn());
}

}  // namespace
}  // namespace pintle
