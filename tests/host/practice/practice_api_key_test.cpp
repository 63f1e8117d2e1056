// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "practice_client.h"

namespace pintle::practice {
namespace {

using testing::HasSubstr;

Options api_key_gate() {
  Options options;
  options.gate = Gate::api_key;
  options.token = Secret("practice-key-1234567890");
  return options;
}

TEST(PracticeApiKeyGate, SaysThatItTakesAnApiKeyAndNothingElse) {
  Gateway gateway(api_key_gate());
  Client client(gateway);
  const auto status = client.get("/api/status");
  EXPECT_EQ(status.status, 200);
  EXPECT_THAT(status.body, HasSubstr(R"("auth_required":true)"));
  EXPECT_THAT(status.body, HasSubstr(R"("auth_flows":["api_key"])"));
  EXPECT_EQ(client.get("/api/auth/providers").status, 503);
  EXPECT_EQ(client.get("/login").status, 404);
}

TEST(PracticeApiKeyGate, LetsTheKeyInAndNothingElse) {
  Gateway gateway(api_key_gate());
  Client client(gateway);
  EXPECT_EQ(client.get("/api/sessions", with("X-Api-Key", "practice-key-1234567890")).status, 200);
  EXPECT_EQ(client.get("/api/sessions").status, 401);
  EXPECT_EQ(client.get("/api/sessions", with("X-Api-Key", "practice-key-123456789")).status, 401);
  EXPECT_EQ(
      client.get("/api/sessions", with("X-Hermes-Session-Token", "practice-key-1234567890")).status,
      401);
  EXPECT_EQ(
      client.post("/api/auth/ws-ticket", "", with("X-Api-Key", "practice-key-1234567890")).status,
      404);
}

TEST(PracticeApiKeyGate, TakesTheKeyOnTheUpgradeAndNotInTheUrl) {
  Gateway gateway(api_key_gate());
  EXPECT_EQ(Client(gateway).upgrade("/api/ws?token=practice-key-1234567890").status, 403);
  EXPECT_EQ(Client(gateway).upgrade("/api/ws", with("X-Api-Key", "practice-key-1234567890")).status,
            101);
}

}  // namespace
}  // namespace pintle::practice
