// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/profile.h>

#include "support/error_of.h"

namespace pintle {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;

// As a Node-RED editor with and without users answers.
constexpr const char* kNodeRed = R"({
  "profile": 1, "id": "node-red", "name": "Node-RED",
  "probes": [
    {"path": "/auth/login", "is": [{"at": "/type", "value": "credentials"}, {"at": "/prompts"}],
     "auth_required": true,
     "providers": [{"name": "local", "display_name": "Node-RED", "supports_password": true}],
     "auth_flows": ["password"]},
    {"path": "/settings", "statuses": [200, 203], "is": [{"at": "/httpNodeRoot"}],
     "auth_required": false, "version": {"at": "/version"}}],
  "websocket": {"path": "/comms", "content": "messages", "ready": "greeting", "refused": [401]},
  "credential_check": "/settings"})";

HttpResponse answer(std::string body, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

// The valid profile with one thing replaced.
std::string with(const std::string& from, const std::string& to) {
  std::string text = kNodeRed;
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("there is no " + from);
  return text.replace(at, from.size(), to);
}

TEST(Profile, MayHaveNoWebSocket) {
  EXPECT_TRUE(GatewayProfile::hermes().has_websocket);
  const auto profile = parse_profile(with(
      R"("websocket": {"path": "/comms", "content": "messages", "ready": "greeting", "refused": [401]},)",
      ""));
  EXPECT_FALSE(profile.has_websocket);
}

TEST(Profile, IsParsed) {
  const auto profile = parse_profile(kNodeRed);
  EXPECT_EQ(profile.id, "node-red");
  EXPECT_EQ(profile.name, "Node-RED");
  ASSERT_EQ(profile.probes.size(), 2U);
  EXPECT_EQ(profile.probes[0].path, "/auth/login");
  EXPECT_THAT(profile.probes[0].statuses, ElementsAre(200));
  EXPECT_THAT(profile.probes[0].rules,
              ElementsAre(ProfileRule{"/type", "\"credentials\""}, ProfileRule{"/prompts", ""}));
  EXPECT_THAT(profile.probes[1].statuses, ElementsAre(200, 203));
  EXPECT_TRUE(profile.has_websocket);
  EXPECT_EQ(profile.ws_path, "/comms");
  EXPECT_EQ(profile.content, ProfileContent::messages);
  EXPECT_EQ(profile.ready, ProfileReady::greeting);
  EXPECT_THAT(profile.refused_upgrade, ElementsAre(401));
  EXPECT_EQ(profile.credential_check, "/settings");
  EXPECT_FALSE(profile.is_hermes());
}

TEST(Profile, WaitsForAMessageThatItDescribes) {
  const auto profile = parse_profile(
      with(R"("ready": "greeting")",
           R"("ready": {"message": [{"at": "/type", "value": "hello"}], "wait_ms": 500,
                        "optional": true})"));
  EXPECT_EQ(profile.ready, ProfileReady::message);
  EXPECT_EQ(profile.ready_wait_ms, 500);
  EXPECT_TRUE(profile.ready_is_optional);
  EXPECT_TRUE(holds(profile.ready_message, R"({"type":"hello","x":1})"));
  EXPECT_FALSE(holds(profile.ready_message, R"({"type":"bye"})"));
  EXPECT_FALSE(holds(profile.ready_message, "not JSON"));
  EXPECT_FALSE(holds(profile.ready_message, ""));
}

TEST(Profile, HasRulesForAValueAndForAListOfIt) {
  const auto matches = [](const char* value, const char* found) {
    return holds({{"/x", value}}, std::string("{\"x\": ") + found + "}");
  };
  EXPECT_TRUE(matches("1", "1"));
  EXPECT_TRUE(matches("1", "[2, 1]"));
  EXPECT_TRUE(matches("[1,2]", "[1, 2]"));
  EXPECT_TRUE(matches("[1,2]", "[[1, 2], 3]"));
  EXPECT_TRUE(matches("[]", "[]"));
  EXPECT_FALSE(matches("[1,2]", "[2, 1]"));
  EXPECT_FALSE(matches("1", "[[1]]"));
  EXPECT_FALSE(matches("1", "1.0")) << "they are compared as they are written";
}

TEST(Profile, IsRefusedWithTheReason) {
  const std::pair<std::string, std::string> cases[] = {
      {"{", "it is not JSON: it ends too early, in line 1, column 2"},
      {"{\n  \"profile\": 1,\n  \"id\" \"x\"}", "it is not JSON: line 3, column 8"},
      {"[]", "the profile is not an object"},
      {with("\"profile\": 1", "\"profile\": 2"), "its format is not 1"},
      {with("\"profile\": 1, ", ""), "the profile has no \"profile\""},
      {with("\"node-red\"", "\"Node_RED\""), "\"Node_RED\" is not a valid profile id"},
      {with("\"node-red\"", "\"hermes\""), "the profile hermes is built in"},
      {with("\"Node-RED\",", "7,"), "\"name\" is not a text"},
      {with("\"credential_check\"", "\"credentials_check\""),
       "the profile has the unknown field \"credentials_check\""},
      {with("\"statuses\"", "\"path\""), "probe 2 has \"path\" twice"},
      {with("\"/auth/login\"", "\"auth/login\""), "\"path\" of probe 1:"},
      {with("[200, 203]", "[]"), "\"statuses\" of probe 2 has not from 1 to 16 entries"},
      {with("[200, 203]", "[100]"), "is not a whole number from 200 to 599"},
      {with("\"is\": [{\"at\": \"/httpNodeRoot\"}],", ""), "probe 2 has no \"is\""},
      {with("{\"at\": \"/httpNodeRoot\"}", "{\"at\": \"\"}"),
       "\"is\" of probe 2 holds for any JSON"},
      {with("\"/prompts\"", "\"prompts\""),
       "\"at\" of rule 2 in \"is\" of probe 1 is not a JSON pointer"},
      {with("\"/prompts\"", "\"/a~2\""), "a ~ must be followed by 0 or 1"},
      {with("\"auth_required\": false, ", ""), "probe 2 has no \"auth_required\""},
      {with("\"auth_required\": false", "\"auth_required\": \"no\""), "neither true nor false"},
      {with("\"messages\"", "\"xml\""), "\"content\" is neither"},
      {with("\"greeting\"", "\"soon\""), "\"ready\" is neither"},
      {with("\"/comms\"", "\"comms\""), "\"path\" of \"websocket\":"},
      {with("{\"at\": \"/version\"}", "{\"at\": \"/version\", \"or\": 1}"), "unknown field \"or\""},
  };
  for (const auto& [json, why] : cases) {
    const auto error = error_of([&json = json] { parse_profile(json); });
    EXPECT_EQ(error.layer(), Layer::config);
    EXPECT_THAT(error.message(), HasSubstr(why)) << json;
  }
}

TEST(Profile, ReadsFixedFactsAndFactsOfTheAnswer) {
  const auto profile = parse_profile(kNodeRed);
  const auto with_users =
      read_by_profile(profile, profile.probes[0],
                      answer(R"({"type":"credentials","prompts":[{"id":"username"}]})"));
  ASSERT_TRUE(with_users);
  EXPECT_EQ(with_users->profile, "node-red");
  EXPECT_TRUE(with_users->auth_required);
  EXPECT_THAT(with_users->providers, ElementsAre(Provider{"local", "Node-RED", true}));
  EXPECT_TRUE(with_users->has_flow("password"));
  EXPECT_EQ(with_users->version, "");
  const auto open = read_by_profile(profile, profile.probes[1],
                                    answer(R"({"httpNodeRoot":"/","version":"4.1.0"})", 203));
  ASSERT_TRUE(open);
  EXPECT_FALSE(open->auth_required);
  EXPECT_EQ(open->version, "4.1.0");
}

TEST(Profile, RecognizesNothingElse) {
  const auto profile = parse_profile(kNodeRed);
  const auto& probe = profile.probes[0];
  for (const char* body : {"", "{}", "[]", "credentials", "<html>", R"({"type":"credentials"})",
                           R"({"type":"strategy","prompts":[]})", R"({"type":["credential"]})"}) {
    EXPECT_FALSE(read_by_profile(profile, probe, answer(body))) << body;
  }
  const std::string good = R"({"type":"credentials","prompts":[]})";
  EXPECT_TRUE(read_by_profile(profile, probe, answer(good)));
  EXPECT_FALSE(read_by_profile(profile, probe, answer(good, 401)));
  EXPECT_FALSE(read_by_profile(profile, probe, answer(good + std::string(300'000, ' '))));
}

TEST(Profile, NeverGuessesWhetherTheGateIsOn) {
  const auto profile =
      parse_profile(with("\"auth_required\": false", "\"auth_required\": {\"at\": \"/locked\"}"));
  const auto& probe = profile.probes[1];
  const auto read = [&](const char* locked) {
    return read_by_profile(profile, probe,
                           answer(std::string(R"({"httpNodeRoot":"/","locked":)") + locked + "}"));
  };
  EXPECT_TRUE(read("true")->auth_required);
  EXPECT_FALSE(read("false")->auth_required);
  for (const char* locked : {"1", "null", "\"true\""}) {
    const auto error = error_of([&] { read(locked); });
    EXPECT_EQ(error.layer(), Layer::protocol);
    EXPECT_THAT(error.message(), HasSubstr("/locked neither true nor false"));
  }
}

TEST(Profile, LeavesOutTextsThatAreTooLong) {
  const auto profile = parse_profile(kNodeRed);
  const auto read =
      read_by_profile(profile, profile.probes[1],
                      answer(R"({"httpNodeRoot":"/","version":")" + std::string(300, 'x') + "\"}"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->version, "");
}

TEST(Profile, OfHermesIsBuiltIn) {
  const auto& hermes = GatewayProfile::hermes();
  EXPECT_TRUE(hermes.is_hermes());
  EXPECT_EQ(hermes.ws_path, "/api/ws");
  EXPECT_TRUE(holds(hermes.ready_message,
                    R"({"jsonrpc":"2.0","method":"event","params":{"type":"gateway.ready"}})"));
  EXPECT_EQ(Probe().profile, hermes.id);
}

}  // namespace
}  // namespace pintle
