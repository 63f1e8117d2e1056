// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/loading/manifest.h>
#include <pintle/loading/status_rules.h>
#include <pintle/plugin.h>

#include "support/error_of.h"

namespace pintle::loading {
namespace {

using test::error_of;
using testing::HasSubstr;

Manifest example() {
  return {"my-plugin",
          "1.2.0",
          1,
          {{"mine",
            "Mine \"quoted\" \n",
            40,
            70,
            "it fits",
            true,
            {{"auth_required", "true"}, {"auth_flows", "\"cookie\""}}},
           {"other",
            "Other",
            0,
            1,
            "",
            false,
            {},
            true,
            {"jupyter", "node-red"},
            {{"scope", "Scope", "*", false}, {"password", "Password", "", true}}}}};
}

TEST(Manifest, ComesBackFromItsJson) { EXPECT_EQ(parse_manifest(to_json(example())), example()); }

TEST(Manifest, SaysWhatIsWrongWithItsText) {
  struct Row {
    const char* from;
    const char* to;
    const char* says;
  };
  const Row kTable[] = {
      {"\"manifest\": 1", "\"manifest\": 2", "format is 2"},
      {"\"id\": \"mine\"", "\"id\": \"Mine\"", "not a valid scheme id"},
      {"\"id\": \"mine\"", "\"id\": \"other\"", "two schemes with the id other"},
      {"\"id\": \"mine\"", "\"id\": \"../../etc\"", "not a valid scheme id"},
      {"\"score\": 70", "\"score\": 101", "not from 1 to 100"},
      {"\"score\": 70", "\"score\": 4294967366",
       "\"score\" of the scheme \"mine\" is out of range"},
      {"\"strength\": 40", "\"strength\": -4294967256",
       "\"strength\" of the scheme \"mine\" is out of range"},
      {"\"abi\": 1", "\"abi\": 4294967297", "\"abi\" is out of range"},
      {"\"strength\": 40", "\"strength\": -1", "not from 0 to 100"},
      {"\"version\": \"1.2.0\"", "\"version\": \"\"", "version is missing"},
      {"\"name\": \"my-plugin\"", "\"name\": 7", "\"name\" is not a string"},
      {"\"abi\": 1", "\"abi\": \"1\"", "\"abi\" is not a whole number"},
      {"\"version\":", "\"vers\":", "\"version\" is missing"},
      {"\"id\": \"other\"", "\"idd\": \"other\"", "\"id\" of scheme 2 is missing"},
      {"\"reason\": \"it fits\"", "\"reason\": []", "\"reason\" of the scheme \"mine\" is not"},
      {"\"field\": \"auth_flows\"", "\"fields\": \"auth_flows\"",
       "\"field\" of rule 2 of the scheme \"mine\" is missing"},
      {"\"secret\": true", "\"secret\": 1",
       "\"secret\" of setting 2 of the scheme \"other\" is neither true nor false"},
      {"\"sends_secret\": true", "\"sends_secret\": \"no\"",
       "\"sends_secret\" of the scheme \"mine\""},
      {"\"jupyter\"", "\"Jupyter\"", "which is no profile's id"},
      {"\"scope\"", "\"a b\"", "not a valid key"},
      {"\"scope\"", "\"password\"", "has the setting password twice"},
      {"\"default\": \"\"", "\"default\": \"x\"", "default for the secret password"},
      {"\"greets\": true", "\"greets\": 1", "\"greets\" of the scheme \"other\""},
      {"\"profiles\": [", "\"profiles\": 1, \"x\": [", "is not a list"},
      {"\"schemes\": [", "\"schemes\": 1, \"x\": [", "\"schemes\" is not a list"},
      {"\"abi\": 1", "\"abi\": 1, \"abi\": 1", "it has \"abi\" twice"},
      {"\"score\": 70", "\"score\": 70, \"score\": 99", "it has \"score\" twice"},
      {"{\n", "", "not a manifest"},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.to);
    auto json = to_json(example());
    json.replace(json.find(row.from), std::string(row.from).size(), row.to);
    const auto error = error_of([&] { parse_manifest(json); });
    EXPECT_EQ(error.layer(), Layer::plugin);
    EXPECT_THAT(error.message(), HasSubstr(row.says));
  }
}

TEST(Manifest, NamesAProgramInItsFolderAndNoOtherFile) {
  auto manifest = example();
  manifest.program = "my-scheme_2.py";
  const auto json = to_json(manifest);
  EXPECT_EQ(parse_manifest(json), manifest);
  EXPECT_NE(parse_manifest(json), example());
  for (const char* bad : {"", "../x", "/bin/sh", "a/b", ".hidden", "..", "-x", "x.so", "x.json",
                          "a b", "a\\nb", "\\u00e9"}) {
    auto text = json;
    text.replace(text.find("my-scheme_2.py"), 14, bad);
    EXPECT_THAT(error_of([&] { return parse_manifest(text); }).message(), HasSubstr("\"program\""))
        << bad;
  }
  auto text = json;
  text.replace(text.find("\"my-scheme_2.py\""), 16, "5");
  EXPECT_THAT(error_of([&] { return parse_manifest(text); }).message(),
              HasSubstr("\"program\" is not a string"));
}

TEST(Manifest, NeedsOnlyWhatHasNoDefault) {
  const auto manifest = parse_manifest(
      R"({"manifest": 1, "name": "x", "version": "1", "abi": 1, "schemes": [
          {"id": "mine", "settings": [{"key": "scope"}]}]})");
  const SchemeFacts expected{"mine", "mine", 50,    50, "",
                             true,   {},     false, {}, {{"scope", "scope", "", false}}};
  ASSERT_EQ(manifest.schemes.size(), 1U);
  EXPECT_EQ(manifest.schemes[0], expected);
}

TEST(Manifest, OfASchemeThatDeclaresNothingIsAsBefore) {
  auto manifest = example();
  manifest.schemes.pop_back();
  const auto json = to_json(manifest);
  for (const char* later : {"greets", "profiles", "settings"}) {
    EXPECT_EQ(json.find(later), std::string::npos) << json;
  }
  const auto& facts = manifest.schemes[0];
  EXPECT_TRUE(facts.fits_profile("hermes"));
  EXPECT_FALSE(facts.fits_profile("jupyter"));
}

TEST(ObservedStatuses, AreThoseThatAreListedAndAllIfNoneIs) {
  constexpr std::array<std::int32_t, 2> kListed = {401, 404};
  pintle_scheme scheme{};
  scheme.struct_size = sizeof(scheme);
  EXPECT_TRUE(observes(scheme, 200));
  scheme.flags = PINTLE_SCHEME_LISTS_STATUSES;
  EXPECT_FALSE(observes(scheme, 401)) << "an empty list";
  scheme.observed_statuses = kListed.data();
  scheme.observed_status_count = kListed.size();
  EXPECT_TRUE(observes(scheme, 401));
  EXPECT_TRUE(observes(scheme, 404));
  EXPECT_FALSE(observes(scheme, 200));
  scheme.struct_size = offsetof(pintle_scheme, observed_statuses);
  EXPECT_TRUE(observes(scheme, 200)) << "of a version that has no list";
}

TEST(StatusRules, HoldForAFieldThatIsOrHoldsTheValue) {
  Probe probe;
  probe.auth_required = true;
  probe.body = R"({"auth_required": true, "auth_flows": ["cookie", "native_pkce"],
                   "edition": "pro", "limits": {"a": 1}})";
  const auto why = [&](const char* field, const char* value) {
    SchemeFacts scheme;
    scheme.rules = {{field, value}};
    return StatusRules(probe).broken_by(scheme);
  };
  EXPECT_EQ(why("auth_required", "true"), "");
  EXPECT_EQ(why("auth_flows", "\"native_pkce\""), "");
  EXPECT_EQ(why("edition", "\"pro\""), "");
  EXPECT_EQ(why("limits", "{\"a\":1}"), "");
  EXPECT_EQ(why("auth_flows", R"(["cookie","native_pkce"])"), "");
  EXPECT_EQ(why("auth_required", "false"), "it is for gateways with auth_required false");
  EXPECT_NE(why("auth_flows", "\"native\""), "");
  EXPECT_NE(why("edition", "\"Pro\""), "");
  EXPECT_NE(why("absent", "null"), "");
}

TEST(StatusRules, TakeAGatewayFromBeforeTheGateByWhatTheProbeMadeOfIt) {
  Probe probe;
  probe.body = R"({"version": "0.9.0"})";
  SchemeFacts scheme;
  scheme.rules = {{"auth_required", "false"}};
  EXPECT_EQ(StatusRules(probe).broken_by(scheme), "");
}

}  // namespace
}  // namespace pintle::loading
