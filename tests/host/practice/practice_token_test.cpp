// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "support/error_of.h"
#include "support/practice_client.h"
#include "support/practice_options.h"

namespace pintle::practice {
namespace {

using test::error_of;
using test::token_gate;
using testing::HasSubstr;

constexpr const char* kToken = "practice-token-1234567890";

Headers good_token() { return with("X-Hermes-Session-Token", kToken); }

TEST(PracticeTokenGate, AnswersPublicPathsWithoutACredential) {
  Gateway gateway(token_gate(kToken));
  Client client(gateway);
  struct Row {
    const char* path;
    int status;
    const char* holds;
  };
  constexpr Row kTable[] = {
      {"/api/status", 200, "\"auth_required\":false"},
      {"/api/status", 200, "\"version\":\"0.16.0\""},
      {"/api/health", 200, "\"ok\":true"},
      {"/api/auth/providers", 503, "\"detail\""},
      {"/api/sessions", 401, "{\"detail\":\"Unauthorized\"}"},
      {"/api/nowhere", 401, "{\"detail\":\"Unauthorized\"}"},
      {"/login", 404, "\"detail\""},
      {"/auth/native/authorize", 404, "\"detail\""},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.path);
    const auto answer = client.get(row.path);
    EXPECT_EQ(answer.status, row.status);
    EXPECT_THAT(answer.body, HasSubstr(row.holds));
  }
  EXPECT_EQ(gateway.request_log().counters().connections, 1u) << "all of it on one connection";
}

TEST(PracticeTokenGate, HasNoHealthAndNoProvidersWhereItPlaysAnOlderGateway) {
  auto options = token_gate(kToken);
  options.has_health = false;
  options.has_providers_route = false;
  options.version = "0.14.2";
  Gateway gateway(std::move(options));
  Client client(gateway);
  EXPECT_EQ(client.get("/api/health").status, 404);
  EXPECT_EQ(client.get("/api/auth/providers").status, 404);
  EXPECT_EQ(text_in(client.get("/api/status"), "version"), "0.14.2");
}

TEST(PracticeTokenGate, LetsTheTokenInAndNothingElse) {
  Gateway gateway(token_gate(kToken));
  Client client(gateway);
  EXPECT_EQ(client.get("/api/sessions", good_token()).status, 200);
  EXPECT_EQ(client.get("/api/sessions", with("X-Hermes-Session-Token", "other")).status, 401);
  EXPECT_EQ(
      client.get("/api/sessions", with("Authorization", "Bearer practice-token-1234567890")).status,
      401);
  EXPECT_EQ(client.get("/api/sessions?token=practice-token-1234567890").status, 401);
  EXPECT_EQ(client.call("POST", "/api/auth/ws-ticket", good_token()).status, 404);
}

TEST(PracticeTokenGate, EchoesWhatCameButNoHeaderValue) {
  Gateway gateway(token_gate(kToken));
  Client client(gateway);
  const auto answer = client.post("/api/echo?a=1&b=x%20y", "{\"n\":1}", good_token());
  ASSERT_EQ(answer.status, 200);
  const auto object = json_of(answer);
  EXPECT_EQ(object->getValue<std::string>("method"), "POST");
  EXPECT_EQ(object->getObject("query")->getValue<std::string>("b"), "x y");
  EXPECT_EQ(object->getValue<std::string>("body"), "{\"n\":1}");
  EXPECT_THAT(answer.body, HasSubstr("X-Hermes-Session-Token"));
  EXPECT_THAT(answer.body, testing::Not(HasSubstr("practice-token")));
}

TEST(PracticeTokenGate, GuardsItsHost) {
  auto options = token_gate(kToken);
  options.allowed_hosts = {"gateway.example"};
  Gateway gateway(std::move(options));
  struct Row {
    const char* host;
    int status;
  };
  constexpr Row kTable[] = {
      {"127.0.0.1", 200},
      {"localhost:1", 200},
      {"LOCALHOST", 200},
      {"[::1]:80", 200},
      {"gateway.example", 200},
      {"evil.example", 400},
      {"192.0.2.1", 400},
      {"", 400},
      {"127.0.0.1.evil.example", 400},
  };
  Client client(gateway);
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.host);
    const auto answer = client.get("/api/status", with("Host", row.host));
    EXPECT_EQ(answer.status, row.status);
    if (row.status == 400) {
      EXPECT_THAT(answer.body, HasSubstr("\"detail\":\"Invalid Host header"));
    }
  }
}

TEST(PracticeTokenGate, KnowsItsPathsBelowThePrefixOnly) {
  auto options = token_gate(kToken);
  options.prefix = "/hermes/";
  Gateway gateway(std::move(options));
  EXPECT_THAT(gateway.url(), testing::EndsWith("/hermes"));
  Client below(gateway);
  EXPECT_EQ(below.get("/api/status").status, 200);
  Client beside(gateway.port());
  EXPECT_EQ(beside.get("/api/status").status, 404);
  EXPECT_EQ(beside.get("/hermesx/api/status").status, 404);
}

TEST(PracticeTokenGate, RefusesEveryBadUpgradeWithABare403) {
  Gateway gateway(token_gate(kToken));
  const std::string good = "/api/ws?token=practice-token-1234567890";
  struct Row {
    std::string target;
    const char* header;
    const char* value;
    int status;
  };
  const Row table[] = {
      {good, "X-Nothing", "1", 101},
      {good, "Origin", "file://", 101},
      {good, "Origin", "null", 101},
      {good, "Origin", "http://127.0.0.1:5173", 101},
      {"/api/pty?token=practice-token-1234567890", "X-Nothing", "1", 101},
      {good, "Origin", "https://evil.example", 403},
      {good, "Origin", "http://localhost", 403},
      {good, "Host", "evil.example", 403},
      {"/api/ws", "X-Hermes-Session-Token", kToken, 403},
      {"/api/ws?token=wrong", "X-Nothing", "1", 403},
      {"/api/ws?ticket=practice-token-1234567890", "X-Nothing", "1", 403},
      {"/api/nowhere?token=practice-token-1234567890", "X-Nothing", "1", 403},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.target + " " + row.header + ": " + row.value);
    Client client(gateway);
    const auto answer = client.upgrade(row.target, with(row.header, row.value));
    EXPECT_EQ(answer.status, row.status);
    if (row.status == 403) {
      EXPECT_EQ(answer.body, "");
      EXPECT_TRUE(client.at_end());
    }
  }
}

TEST(PracticeTokenGate, ListensOnLoopbackOnly) {
  for (const auto* address : {"0.0.0.0", "192.0.2.7", "::", "localhost", "", "127.0.0.1; rm"}) {
    SCOPED_TRACE(address);
    auto options = token_gate(kToken);
    options.bind = address;
    EXPECT_THROW(Gateway{std::move(options)}, Error);
  }
}

TEST(PracticeTokenGate, TakesAPortThatIsInUseForAnError) {
  Gateway first(token_gate(kToken));
  auto options = token_gate(kToken);
  options.port = first.port();
  const auto error = error_of([&] { const Gateway second(std::move(options)); });
  EXPECT_EQ(error.layer(), Layer::tcp) << "two gateways share a port";
}

}  // namespace
}  // namespace pintle::practice
