// SPDX-License-Identifier: Apache-2.0
//
// The scheme through its table, as a host calls it: no gateway, no clock, no network.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/testing/matchers.h>
#include <pintle/testing/scheme_driver.h>
#include <pintle/testing/script.h>

using namespace pintle::test;
using testing::HasSubstr;
using testing::Not;

extern "C" const pintle_plugin_table pintle_plugin;

namespace {

const pintle_scheme& api_key() { return *pintle_plugin.schemes[0]; }

// Signed in with that key.
class ApiKey : public testing::Test {
 protected:
  void sign_in(const std::string& key) {
    const auto script = Script().input({{"api_key", key}}, "file /run/key");
    ASSERT_THAT(play(driver_, PINTLE_SIGN_IN, script), Finishes());
  }

  SchemeDriver driver_{api_key()};
};

TEST_F(ApiKey, IsAskedForAndSent) {
  driver_.begin(PINTLE_SIGN_IN);
  EXPECT_THAT(driver_, NeedsInput("api_key"));
  sign_in("sesame-sesame\n");
  for (const auto kind : {PINTLE_REQUEST_REST, PINTLE_REQUEST_UPGRADE}) {
    driver_.decorate(kind);
    EXPECT_THAT(driver_, DecoratesWith("X-Api-Key", "sesame-sesame"));
  }
}

TEST_F(ApiKey, IsRequiredFirst) {
  driver_.decorate();
  EXPECT_THAT(driver_, NeedsSignIn());
}

TEST_F(ApiKey, IsRefusedIfNoHeaderCanHaveIt) {
  for (const char* key : {"", " ", "a b", "line\nbreak"}) {
    EXPECT_THAT(play(driver_, PINTLE_SIGN_IN, Script().input({{"api_key", key}})),
                FailsAt(PINTLE_LAYER_CONFIG, HasSubstr("API key")))
        << key;
  }
}

TEST_F(ApiKey, IsDeadAfterTheGatewaysRefusalAlone) {
  sign_in("abcdefghijklmnopqrstuvwxyz");
  driver_.decorate();
  EXPECT_EQ(driver_.observe(503), 0U);
  EXPECT_EQ(driver_.observe(401, {{"Content-Type", "text/html"}}), 0U);
  EXPECT_EQ(driver_.observe(401), static_cast<unsigned>(PINTLE_OBSERVATION_NEEDS_SIGN_IN));
  EXPECT_THAT(driver_.error.message, Not(HasSubstr("abcdefgh")));
}

TEST_F(ApiKey, IsNotDeadIfAnOlderOneWasRefused) {
  sign_in("the-first-key");
  driver_.decorate();
  sign_in("the-second-key");
  EXPECT_EQ(driver_.observe(401), static_cast<unsigned>(PINTLE_OBSERVATION_RETRY_ONCE));
}

TEST_F(ApiKey, IsInNoUrl) {
  sign_in("sesame-sesame");
  EXPECT_THAT(play(driver_, PINTLE_RESOLVE_WS_URL, {}), Finishes());
  EXPECT_EQ(text(driver_.step.ws_url), "wss://gateway.example/hermes/api/ws");
}

}  // namespace
