// SPDX-License-Identifier: Apache-2.0
//
// The gate whose WebSocket asks for the key.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/practice_client.h"
#include "support/practice_options.h"

namespace pintle::practice {
namespace {

using testing::HasSubstr;

constexpr const char* kKey = "practice-key-1234567890";
const std::string kAuth = R"({"type":"auth","access_token":"practice-key-1234567890"})";

class PracticeGreetingGate : public testing::Test {
 protected:
  static Options options() {
    auto made = test::with_gate(Gate::greeting);
    made.token = Secret(kKey);
    return made;
  }
  // Opens a WebSocket, and reads the question.
  void open(Client& client) {
    ASSERT_EQ(client.upgrade("/api/ws").status, 101);
    EXPECT_EQ(client.receive().bytes, R"({"type":"auth_required"})");
  }

  Gateway gateway_{options()};
};

TEST_F(PracticeGreetingGate, TakesTheKeyInTheFirstMessage) {
  Client client(gateway_);
  EXPECT_THAT(client.get("/api/status").body, HasSubstr(R"("auth_flows":["greeting"])"));
  EXPECT_EQ(client.get("/api/sessions").status, 401);
  EXPECT_EQ(client.get("/api/sessions", with("X-Api-Key", kKey)).status, 200);
  open(client);
  client.send_text(kAuth);
  EXPECT_EQ(client.receive().bytes, R"({"type":"auth_ok"})");
  EXPECT_THAT(client.receive().bytes, HasSubstr("gateway.ready"));
  client.send_text(R"({"jsonrpc":"2.0","id":1,"method":"echo","params":{"a":1}})");
  EXPECT_THAT(client.receive().bytes, HasSubstr(R"("result":{"a":1})"));
}

TEST_F(PracticeGreetingGate, RefusesAWrongKeyWithAMessageAndAClose) {
  Client client(gateway_);
  open(client);
  client.send_text(R"({"type":"auth","access_token":"practice-key-123456789"})");
  EXPECT_EQ(client.receive().bytes, R"({"type":"auth_invalid","message":"Invalid access token"})");
  EXPECT_EQ(client.receive().code, ws::CloseCode::policy);
}

TEST_F(PracticeGreetingGate, CutsOffWhoSaysAnythingElse) {
  for (const char* text : {"hello", R"({"type":"hello"})", R"({"type":"auth"})", "[1]",
                           R"({"jsonrpc":"2.0","id":1,"method":"echo"})"}) {
    SCOPED_TRACE(text);
    Client client(gateway_);
    open(client);
    client.send_text(text);
    const auto received = client.receive();
    EXPECT_TRUE(received.ended) << received.bytes;
  }
}

TEST_F(PracticeGreetingGate, SplitsItsAnswerIntoEmptyFrames) {
  gateway_.set_faults({Fault(FaultKind::greet_empty_frames, "/", 1, 3)});
  Client client(gateway_);
  open(client);
  client.send_text(kAuth);
  EXPECT_EQ(client.receive().bytes, R"({"type":"auth_ok"})");
  EXPECT_THAT(client.receive().bytes, HasSubstr("gateway.ready"));
}

TEST_F(PracticeGreetingGate, HasFaultsOfItsOwnThatTouchNothingElse) {
  gateway_.set_faults(faults_from_json(R"([{"kind":"greet_chatter"},{"kind":"greet_drop"}])"));
  Client client(gateway_);
  EXPECT_EQ(client.get("/api/sessions", with("X-Api-Key", kKey)).status, 200);
  open(client);
  client.send_text(kAuth);
  EXPECT_THAT(client.receive().bytes, HasSubstr("update_available"));
  EXPECT_EQ(client.receive().bytes, R"({"type":"auth_ok"})");
  Client second(gateway_);
  open(second);
  second.send_text(kAuth);
  EXPECT_TRUE(second.receive().ended);
}

}  // namespace
}  // namespace pintle::practice
