// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/practice_client.h"
#include "support/practice_options.h"

namespace pintle::practice {
namespace {

using test::api_key_gate;
using testing::HasSubstr;

constexpr const char* kKey = "practice-key-1234567890";

TEST(PracticeApiKeyGate, SaysThatItTakesAnApiKeyAndNothingElse) {
  Gateway gateway(api_key_gate(kKey));
  Client client(gateway);
  const auto status = client.get("/api/status");
  EXPECT_EQ(status.status, 200);
  EXPECT_THAT(status.body, HasSubstr(R"("auth_required":true)"));
  EXPECT_THAT(status.body, HasSubstr(R"("auth_flows":["api_key"])"));
  EXPECT_EQ(client.get("/api/auth/providers").status, 503);
  EXPECT_EQ(client.get("/login").status, 404);
}

TEST(PracticeApiKeyGate, LetsTheKeyInAndNothingElse) {
  Gateway gateway(api_key_gate(kKey));
  Client client(gateway);
  EXPECT_EQ(client.get("/api/sessions", with("X-Api-Key", kKey)).status, 200);
  EXPECT_EQ(client.get("/api/sessions").status, 401);
  EXPECT_EQ(client.get("/api/sessions", with("X-Api-Key", "practice-key-123456789")).status, 401);
  EXPECT_EQ(client.get("/api/sessions", with("X-Hermes-Session-Token", kKey)).status, 401);
  EXPECT_EQ(client.post("/api/auth/ws-ticket", "", with("X-Api-Key", kKey)).status, 404);
}

TEST(PracticeApiKeyGate, TakesTheKeyOnTheUpgradeAndNotInTheUrl) {
  Gateway gateway(api_key_gate(kKey));
  EXPECT_EQ(Client(gateway).upgrade("/api/ws?token=practice-key-1234567890").status, 403);
  EXPECT_EQ(Client(gateway).upgrade("/api/ws", with("X-Api-Key", kKey)).status, 101);
}

}  // namespace
}  // namespace pintle::practice
