// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/probe.h>

#include "support/error_of.h"

namespace pintle {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;

const GatewayUrl kGateway = GatewayUrl::parse("https://gateway.example/hermes");

HttpResponse answer(std::string body, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

Probe status(const std::string& body) { return read_status(answer(body), kGateway); }

TEST(Probe, ReadsTheExampleOfTheContract) {
  const std::string body =
      R"({"version":"0.16.0","release_date":"2026.6.5","config_version":28,"gateway_running":false,)"
      R"("active_sessions":0,"auth_required":true,"auth_providers":["basic"]})";
  auto probe = status(body);
  EXPECT_EQ(probe.http_status, 200);
  EXPECT_EQ(probe.version, "0.16.0");
  EXPECT_EQ(probe.release_date, "2026.6.5");
  EXPECT_EQ(probe.install_id, "");
  EXPECT_TRUE(probe.auth_required);
  EXPECT_THAT(probe.auth_flows, ElementsAre());
  EXPECT_THAT(probe.providers, ElementsAre(Provider{"basic", "basic", false}));
  EXPECT_FALSE(probe.providers_described);
  EXPECT_EQ(probe.body, body);

  read_providers(answer(R"({"providers":[{"name":"basic","display_name":"Username & Password",)"
                        R"("supports_password":true}]})"),
                 kGateway, probe);
  EXPECT_THAT(probe.providers, ElementsAre(Provider{"basic", "Username & Password", true}));
  EXPECT_TRUE(probe.providers_described);
  ASSERT_NE(probe.find_provider("basic"), nullptr);
  EXPECT_EQ(probe.find_provider("other"), nullptr);
}

TEST(Probe, ReadsANewerGateway) {
  const auto probe =
      status(R"({"auth_flows":["cookie","native_pkce"],"install_id":"i-1","overall":"ok",)"
             R"("version":"0.21.0","auth_required":true,"more":{"a":[1,2,{"b":null}]}})");
  EXPECT_EQ(probe.install_id, "i-1");
  EXPECT_EQ(probe.overall, "ok");
  EXPECT_TRUE(probe.has_flow("native_pkce"));
  EXPECT_TRUE(probe.has_flow("cookie"));
  EXPECT_FALSE(probe.has_flow("native"));
}

TEST(Probe, TakesAGatewayWithoutTheFieldForOneFromBeforeTheGate) {
  EXPECT_FALSE(status(R"({"version":"0.9.0"})").auth_required);
  EXPECT_FALSE(status(R"({"version":"0.16.0","auth_required":false})").auth_required);
  EXPECT_TRUE(status(R"({"auth_required":true})").auth_required);
}

TEST(Probe, IgnoresWrongTypesWhereNothingHangsOnThem) {
  const auto probe = status(
      R"({"version":16,"auth_required":true,"release_date":null,"install_id":["x"],"overall":{},)"
      R"("auth_flows":["cookie",1,null,"",{"a":1},"cookie"],"auth_providers":{"basic":true}})");
  EXPECT_EQ(probe.version, "");
  EXPECT_EQ(probe.release_date + probe.install_id + probe.overall, "");
  EXPECT_THAT(probe.auth_flows, ElementsAre("cookie"));
  EXPECT_TRUE(probe.providers.empty());
}

TEST(Probe, SkipsProvidersThatItCannotUse) {
  Probe probe;
  read_providers(answer(R"({"providers":[null,"basic",{},{"name":7},{"name":""},)"
                        R"({"name":"a"},{"name":"a","supports_password":true},)"
                        R"({"name":"b","display_name":5,"supports_password":"yes"}]})"),
                 kGateway, probe);
  EXPECT_THAT(probe.providers, ElementsAre(Provider{"a", "a", false}, Provider{"b", "b", false}));
}

TEST(Probe, KeepsTheNamesOfTheStatusWhereTheListGivesNone) {
  for (const auto& response :
       {answer(R"({"detail":"no providers"})", 503), answer("<html>", 404),
        answer(R"({"providers":[]})"), answer(R"({"providers":7})"), answer("{}")}) {
    SCOPED_TRACE(response.status);
    auto probe = status(R"({"auth_required":true,"auth_providers":["one","two"]})");
    read_providers(response, kGateway, probe);
    EXPECT_EQ(probe.providers.size(), 2u);
    EXPECT_FALSE(probe.providers_described);
  }
}

TEST(Probe, BoundsWhatItKeeps) {
  std::string many;
  for (int i = 0; i < 500; ++i) many += (i > 0 ? ",\"f" : "\"f") + std::to_string(i) + "\"";
  const std::string euro = "\xe2\x82\xac";
  std::string text = "x";
  while (text.size() < 1000) text += euro;
  const auto probe = status(R"({"auth_required":true,"version":")" + text + R"(","auth_flows":[")" +
                            text + "\"," + many + "]}");
  EXPECT_EQ(probe.auth_flows.size(), 64u);
  EXPECT_EQ(probe.auth_flows.front(), "f0");
  EXPECT_EQ(probe.version.size(), 256u);  // One and 85 times three: no character is cut in two.
}

TEST(Probe, RefusesWhatIsNotTheStatusOfAGateway) {
  const struct {
    std::string body;
    const char* says;
  } kTable[] = {
      {"", "has no body"},
      {" \r\n", "has no body"},
      {"OK", "is not valid JSON"},
      {"{", "is not valid JSON"},
      {R"({"version":"1"} x)", "is not valid JSON"},
      {R"({"version":"1",})", "is not valid JSON"},
      {R"({"version":tru})", "is not valid JSON"},
      {"[]", "not an object"},
      {"null", "not an object"},
      {"\"0.16\"", "not an object"},
      {"{\"version\":\"\xff\"}", "not valid UTF-8"},
      {std::string(70, '[') + std::string(70, ']'), "nested too deeply"},
      {std::string(200000, '['), "is not"},
      {"{\"version\":\"" + std::string(kMaxProbeAnswerBytes, 'x') + "\"}", "longer than 256 KiB"},
      {R"({"version":"1","auth_required":"false"})", "neither true nor false"},
      {R"({"version":"1","auth_required":0})", "neither true nor false"},
      {R"({"version":"1","auth_required":null})", "neither true nor false"},
      {R"({"auth_required":true,"auth_required":false})", "\"auth_required\" twice"},
      {R"({"version":"1","version":"2"})", "\"version\" twice"},
      {"{}", "another program"},
      {R"({"status":"ok"})", "another program"},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.body.substr(0, 60));
    const auto error = error_of([&] { status(row.body); });
    EXPECT_EQ(error.layer(), Layer::protocol);
    EXPECT_EQ(error.http_status(), 200);
    EXPECT_FALSE(error.needs_sign_in());
    EXPECT_THAT(error.message(), HasSubstr(row.says));
    EXPECT_FALSE(error.hint().empty());
  }
}

TEST(Probe, ReadsAStatusWhoseOtherNumbersAreOfAnySize) {
  const auto probe = status(R"({"uptime_ns":99999999999999999999999,"load":[1e400,-1e999],)"
                            R"("version":"0.16.0","auth_required":true})");
  EXPECT_EQ(probe.version, "0.16.0");
  EXPECT_TRUE(probe.auth_required);
}

TEST(Probe, GivesTheRefusalOfWhoeverAnswered) {
  EXPECT_THROW(read_status(answer("{}", 204), kGateway), Error);
  auto probe = status(R"({"auth_required":true})");
  const auto before = probe.providers;
  HttpResponse page = answer("<!DOCTYPE html><title>Sign in</title>");
  for (const auto& ask : std::vector<std::pair<const char*, std::function<void()>>>{
           {"status", [&] { read_status(page, kGateway); }},
           {"providers", [&] { read_providers(page, kGateway, probe); }},
           {"health", [&] { read_health(page, kGateway); }}}) {
    SCOPED_TRACE(ask.first);
    const auto error = error_of([&] { ask.second(); });
    EXPECT_EQ(error.layer(), Layer::access_proxy);
    EXPECT_THAT(error.message(), HasSubstr("Sign in"));
  }
  EXPECT_EQ(probe.providers, before);
}

TEST(Health, ReadsWhatNewerGatewaysSay) {
  const auto health =
      read_health(answer(R"({"ok":true,"version":"0.21.0","auth_required":true})"), kGateway);
  ASSERT_TRUE(health.has_value());
  EXPECT_TRUE(health->ok);
  EXPECT_EQ(health->version, "0.21.0");
  EXPECT_EQ(health->auth_required, true);
  EXPECT_FALSE(read_health(answer("{}", 404), kGateway).has_value());
  EXPECT_FALSE(read_health(answer("{}"), kGateway)->auth_required.has_value());
  EXPECT_THROW(read_health(answer(R"({"auth_required":1})"), kGateway), Error);
}

}  // namespace
}  // namespace pintle
