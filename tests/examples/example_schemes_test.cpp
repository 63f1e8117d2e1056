// SPDX-License-Identifier: Apache-2.0
//
// The example scheme in each of its languages: all behave the same.

#include <cstring>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/loading/library.h>
#include <pintle/loading/manifest.h>

#include "support/scheme_driver.h"

namespace pintle {
namespace {

using test::SchemeDriver;
using test::text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

void for_each_language(const std::function<void(const pintle_scheme&)>& body) {
  std::istringstream list(EXAMPLE_SCHEMES);
  std::string file;
  while (std::getline(list, file, ':')) {
    SCOPED_TRACE(file);
    body(*loading::open_library(file).schemes[0]);
  }
}

void sign_in(SchemeDriver& driver, std::string_view key) {
  ASSERT_EQ(driver.begin(PINTLE_SIGN_IN), PINTLE_OK);
  ASSERT_EQ(driver.step.need, static_cast<std::uint32_t>(PINTLE_NEED_INPUT));
  driver.answer_fields({{"api_key", std::string(key)}}, "file /run/key");
}

TEST(ExampleSchemes, HaveTheSameFacts) {
  std::vector<loading::SchemeFacts> facts;
  std::istringstream list(EXAMPLE_SCHEMES);
  std::string file;
  while (std::getline(list, file, ':')) {
    facts.push_back(loading::manifest_of(loading::open_library(file)).schemes.at(0));
    EXPECT_EQ(facts.back(), facts.front()) << file;
  }
  EXPECT_GE(facts.size(), 2U);
  EXPECT_EQ(facts.front().id, "api-key");
  EXPECT_THAT(facts.front().rules, ElementsAre(loading::Rule{"auth_flows", "\"api_key\""}));
}

TEST(ExampleSchemes, AskForTheKeyAndNothingElse) {
  for_each_language([](const pintle_scheme& scheme) {
    SchemeDriver driver(scheme);
    ASSERT_EQ(driver.begin(PINTLE_SIGN_IN), PINTLE_OK);
    ASSERT_EQ(driver.step.input_count, 1U);
    EXPECT_EQ(text(driver.step.inputs[0].key), "api_key");
    EXPECT_TRUE(driver.step.inputs[0].flags & PINTLE_INPUT_SECRET);
  });
}

TEST(ExampleSchemes, PutTheKeyOnRequestsAndOnTheUpgradeAlike) {
  for_each_language([](const pintle_scheme& scheme) {
    SchemeDriver driver(scheme);
    sign_in(driver, "sesame-sesame\n");
    ASSERT_EQ(driver.code, PINTLE_OK) << driver.error.message;
    EXPECT_EQ(driver.step.need, static_cast<std::uint32_t>(PINTLE_NEED_DONE));
    for (const auto kind : {PINTLE_REQUEST_REST, PINTLE_REQUEST_UPGRADE}) {
      ASSERT_EQ(driver.decorate(kind), PINTLE_OK);
      EXPECT_THAT(driver.headers, ElementsAre(Pair("X-Api-Key", "sesame-sesame")));
    }
  });
}

TEST(ExampleSchemes, GiveTheWebSocketUrlBackAsItIs) {
  for_each_language([](const pintle_scheme& scheme) {
    SchemeDriver driver(scheme);
    ASSERT_EQ(driver.begin(PINTLE_RESOLVE_WS_URL), PINTLE_OK);
    EXPECT_EQ(driver.step.need, static_cast<std::uint32_t>(PINTLE_NEED_DONE));
    EXPECT_EQ(text(driver.step.ws_url), "wss://gateway.example/hermes/api/ws");
    EXPECT_EQ(driver.step.life, static_cast<std::uint32_t>(PINTLE_KEEP_UNTIL_REJECTED));
  });
}

TEST(ExampleSchemes, WantASignInBeforeTheyHaveAKey) {
  for_each_language([](const pintle_scheme& scheme) {
    SchemeDriver driver(scheme);
    EXPECT_EQ(driver.decorate(), PINTLE_LAYER_GATE);
    EXPECT_TRUE(driver.error.flags & PINTLE_ERROR_SIGN_IN);
  });
}

TEST(ExampleSchemes, RefuseAKeyThatNoHeaderCanHold) {
  for_each_language([](const pintle_scheme& scheme) {
    for (const std::string key : {"", " \n", "a b", "line\nbreak", "h\xc3\xa9"}) {
      SCOPED_TRACE(key);
      SchemeDriver driver(scheme);
      sign_in(driver, key);
      EXPECT_EQ(driver.code, PINTLE_LAYER_CONFIG);
      EXPECT_TRUE(driver.error.flags & PINTLE_ERROR_USER_ACTION);
      EXPECT_EQ(driver.decorate(), PINTLE_LAYER_GATE);
    }
  });
}

TEST(ExampleSchemes, SeeThatTheKeyIsDeadAndNeverShowIt) {
  for_each_language([](const pintle_scheme& scheme) {
    SchemeDriver driver(scheme);
    sign_in(driver, "abcdefghijklmnop");
    ASSERT_EQ(driver.decorate(), PINTLE_OK);
    EXPECT_EQ(driver.observe(200), static_cast<std::uint32_t>(PINTLE_OBSERVATION_NONE));
    EXPECT_EQ(driver.observe(503), static_cast<std::uint32_t>(PINTLE_OBSERVATION_NONE));
    EXPECT_EQ(driver.observe(401, {{"Content-type", "text/html; charset=utf-8"}}),
              static_cast<std::uint32_t>(PINTLE_OBSERVATION_NONE));
    EXPECT_EQ(driver.observe(401), static_cast<std::uint32_t>(PINTLE_OBSERVATION_NEEDS_SIGN_IN));
    EXPECT_EQ(driver.error.http_status, 401);
    EXPECT_THAT(driver.error.message, Not(HasSubstr("abcdef")));
  });
}

TEST(ExampleSchemes, AskForARetryWhereTheRefusedKeyWasAnOlderOne) {
  for_each_language([](const pintle_scheme& scheme) {
    SchemeDriver driver(scheme);
    sign_in(driver, "the-first-key");
    ASSERT_EQ(driver.decorate(), PINTLE_OK);
    sign_in(driver, "the-second-key");
    EXPECT_EQ(driver.observe(401), static_cast<std::uint32_t>(PINTLE_OBSERVATION_RETRY_ONCE));
    // The same key again is not a new credential.
    ASSERT_EQ(driver.decorate(), PINTLE_OK);
    sign_in(driver, "the-second-key");
    EXPECT_EQ(driver.observe(401), static_cast<std::uint32_t>(PINTLE_OBSERVATION_NEEDS_SIGN_IN));
  });
}

TEST(ExampleSchemes, PassOnWhyTheHostCouldNotAsk) {
  for_each_language([](const pintle_scheme& scheme) {
    SchemeDriver driver(scheme);
    ASSERT_EQ(driver.begin(PINTLE_SIGN_IN), PINTLE_OK);
    EXPECT_EQ(driver.answer_failure(PINTLE_LAYER_CONFIG, "nobody is there to ask"),
              PINTLE_LAYER_CONFIG);
    EXPECT_STREQ(driver.error.message, "nobody is there to ask");
  });
}

TEST(ExampleSchemes, ForgetTheKeyAtSignOutAndSayThatItStaysValid) {
  for_each_language([](const pintle_scheme& scheme) {
    SchemeDriver driver(scheme);
    sign_in(driver, "sesame-sesame");
    ASSERT_EQ(driver.begin(PINTLE_SIGN_OUT), PINTLE_OK);
    EXPECT_THAT(text(driver.step.message), HasSubstr("stays valid"));
    EXPECT_EQ(driver.decorate(), PINTLE_LAYER_GATE);
    EXPECT_THAT(driver.describe(), IsEmpty());
    EXPECT_THAT(driver.session(), IsEmpty());
  });
}

TEST(ExampleSchemes, RefuseStructsThatAreTooShort) {
  for_each_language([](const pintle_scheme& scheme) {
    pintle_auth* auth = nullptr;
    auto opening = test::sized<pintle_opening>();
    auto error = test::sized<pintle_error>();
    opening.struct_size = 8;
    EXPECT_EQ(scheme.open(&opening, &auth, &error), PINTLE_LAYER_PLUGIN);
    EXPECT_EQ(auth, nullptr);
  });
}

}  // namespace
}  // namespace pintle
