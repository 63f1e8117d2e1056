// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/practice_client.h"
#include "support/practice_options.h"

namespace pintle::practice {
namespace {

using test::token_gate;
using testing::HasSubstr;

const std::string kSocket = "/api/ws?token=" + std::string(test::kToken);

std::string type_of(const Poco::JSON::Object::Ptr& event) {
  return event->getObject("params")->getValue<std::string>("type");
}

TEST(PracticeWebSocket, UpgradesOnTheConnectionThatServedRequests) {
  Gateway gateway(token_gate());
  Client client(gateway);
  EXPECT_EQ(client.get("/api/status").status, 200);
  EXPECT_EQ(client.get("/api/sessions", with("X-Hermes-Session-Token", test::kToken)).status, 200);
  ASSERT_EQ(client.upgrade(kSocket).status, 101);
  EXPECT_EQ(type_of(client.receive_json()), "gateway.ready");
  const auto seen = gateway.request_log().requests();
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].connection, seen[2].connection);
}

TEST(PracticeWebSocket, SendsTheFirstFrameInTheSameWriteAsThe101) {
  Gateway gateway(token_gate());
  Client client(gateway);
  ASSERT_EQ(client.upgrade(kSocket).status, 101);
  EXPECT_THAT(client.pending(), HasSubstr("gateway.ready"));
}

TEST(PracticeWebSocket, SaysReadyAsItsGenerationDoes) {
  struct Row {
    Ready ready;
    bool first_is_ready;
    bool heartbeat;
  };
  constexpr Row kTable[] = {
      {Ready::silent, false, false}, {Ready::plain, true, false}, {Ready::heartbeat, true, true}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(static_cast<int>(row.ready));
    auto options = token_gate();
    options.ready = row.ready;
    Gateway gateway(std::move(options));
    Client client(gateway);
    ASSERT_EQ(client.upgrade(kSocket).status, 101);
    client.send_text(R"({"jsonrpc":"2.0","id":1,"method":"gateway.ping"})");
    auto first = client.receive_json();
    if (row.first_is_ready) {
      const auto payload = first->getObject("params")->getObject("payload");
      EXPECT_TRUE(payload->has("skin"));
      EXPECT_EQ(payload->optValue("heartbeat", false), row.heartbeat);
      EXPECT_EQ(payload->has("replay_epoch"), row.heartbeat);
      first = client.receive_json();
    }
    EXPECT_EQ(first->has("result"), row.heartbeat);
    EXPECT_EQ(first->has("error"), !row.heartbeat) << "an older gateway knows no gateway.ping";
  }
}

// Connects and reads the ready event.
void open(Client& client) {
  ASSERT_EQ(client.upgrade(kSocket).status, 101);
  ASSERT_EQ(type_of(client.receive_json()), "gateway.ready");
}

TEST(PracticeWebSocket, AnswersItsMethods) {
  Gateway gateway(token_gate());
  Client client(gateway);
  open(client);
  struct Row {
    const char* request;
    const char* answer;
  };
  constexpr Row kTable[] = {
      {R"({"jsonrpc":"2.0","id":7,"method":"echo","params":{"a":[1,"ü"]}})",
       R"({"jsonrpc":"2.0","id":7,"result":{"a":[1,"ü"]}})"},
      {R"({"jsonrpc":"2.0","id":"x","method":"nope"})",
       R"({"jsonrpc":"2.0","id":"x","error":{"code":-32601,"message":"unknown method: nope"}})"},
      {R"({"jsonrpc":"2.0","id":1,"method":"session.resume","params":{"session_id":"no"}})",
       R"({"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"session not found"}})"},
      {R"({"jsonrpc":"2.0","id":1,"method":"session.list"})",
       R"({"jsonrpc":"2.0","id":1,"result":{"sessions":[]}})"},
      {R"({"jsonrpc":"2.0","id":1})",
       R"({"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"invalid request"}})"},
      {R"({"jsonrpc":)",
       R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}})"},
      {R"({"jsonrpc":"2.0","id":2,"method":"emit","params":{"count":-1}})",
       R"({"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":"invalid params: count"}})"},
  };
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.request);
    client.send_text(row.request);
    EXPECT_EQ(client.receive().bytes, row.answer);
  }
}

TEST(PracticeWebSocket, LetsALaterReplyOvertakeAnEarlierOne) {
  Gateway gateway(token_gate());
  Client client(gateway);
  open(client);
  client.send_texts({R"({"jsonrpc":"2.0","id":1,"method":"echo","params":{"delay_ms":30}})",
                     R"({"jsonrpc":"2.0","id":2,"method":"echo"})"});
  EXPECT_EQ(client.receive_json()->getValue<int>("id"), 2);
  EXPECT_EQ(client.receive_json()->getValue<int>("id"), 1);
}

TEST(PracticeWebSocket, EmitsEventsOfTheSizeThatWasAskedFor) {
  Gateway gateway(token_gate());
  Client client(gateway);
  open(client);
  client.send_text(
      R"({"jsonrpc":"2.0","id":1,"method":"emit","params":{"count":3,"size":70000,"type":"t"}})");
  EXPECT_TRUE(client.receive_json()->has("result"));
  for (int i = 0; i < 3; ++i) {
    const auto params = client.receive_json()->getObject("params");
    EXPECT_EQ(params->getValue<std::string>("type"), "t");
    EXPECT_EQ(params->getObject("payload")->getValue<std::string>("data").size(), 70000u);
  }
}

TEST(PracticeWebSocket, KeepsASessionForAWhileAfterADrop) {
  Gateway gateway(token_gate());
  std::string id;
  {
    Client client(gateway);
    open(client);
    client.send_text(R"({"jsonrpc":"2.0","id":1,"method":"session.create"})");
    id = client.receive_json()->getObject("result")->getValue<std::string>("session_id");
    client.send_text(R"({"jsonrpc":"2.0","id":1,"method":"emit","params":{"session_id":")" + id +
                     "\"}}");
    client.receive_json();
    EXPECT_EQ(client.receive_json()->getObject("params")->getValue<int>("seq"), 1);
  }
  const auto resume =
      R"({"jsonrpc":"2.0","id":1,"method":"session.resume","params":{"session_id":")" + id + "\"}}";
  for (const bool in_time : {true, false}) {
    SCOPED_TRACE(in_time);
    const std::uint64_t gone = in_time ? 1 : 2;
    ASSERT_TRUE(
        gateway.request_log().wait([&](const Counters& c) { return c.ws_disconnects == gone; }));
    gateway.advance_clock(in_time ? 19'000 : 21'000);
    Client client(gateway);
    open(client);
    client.send_text(resume);
    const auto reply = client.receive_json();
    EXPECT_EQ(reply->has("result"), in_time);
    if (in_time) {
      EXPECT_EQ(reply->getObject("result")->getValue<int>("seq"), 1);
    }
  }
}

TEST(PracticeWebSocket, ClosesWithTheCodeThatWasAskedFor) {
  Gateway gateway(token_gate());
  Client client(gateway);
  open(client);
  client.send_text(R"({"jsonrpc":"2.0","id":1,"method":"close","params":{"code":4401}})");
  const auto close = client.receive();
  EXPECT_EQ(close.kind, ws::Kind::close);
  EXPECT_EQ(close.code, ws::CloseCode::bad_credential);
  client.send_close(ws::CloseCode::bad_credential);
  EXPECT_TRUE(client.at_end());
}

TEST(PracticeWebSocket, HangsUpOnAPeerThatDoesNotAnswerItsClose) {
  auto options = token_gate();
  options.ping_every_ms = 5;
  Gateway gateway(std::move(options));
  Client client(gateway);
  open(client);
  client.answer_pings = false;
  client.send_texts({R"({"jsonrpc":"2.0","id":1,"method":"echo","params":{"delay_ms":50}})",
                     R"({"jsonrpc":"2.0","id":2,"method":"close"})"});
  Received last;
  do {
    last = client.receive();
  } while (last.kind == ws::Kind::ping);
  EXPECT_EQ(last.kind, ws::Kind::close) << "and not the reply that was still to come";
  EXPECT_TRUE(client.at_end());
}

TEST(PracticeWebSocket, AnswersACloseFrameWithItsCode) {
  Gateway gateway(token_gate());
  Client client(gateway);
  open(client);
  client.send_close(ws::CloseCode::going_away);
  EXPECT_EQ(client.receive().code, ws::CloseCode::going_away);
  EXPECT_TRUE(client.at_end());
}

TEST(PracticeWebSocket, PingsAndDropsAPeerThatIsSilent) {
  auto options = token_gate();
  options.ping_every_ms = 10;
  options.silence_ms = 250;
  Gateway gateway(std::move(options));
  Client client(gateway);
  open(client);
  EXPECT_EQ(client.receive().kind, ws::Kind::ping);
  ASSERT_TRUE(gateway.request_log().wait([](const Counters& c) { return c.pongs_received >= 1; }));
  client.answer_pings = false;
  Received last;
  do {
    last = client.receive();
  } while (last.kind == ws::Kind::ping);
  EXPECT_EQ(last.kind, ws::Kind::close);
  EXPECT_EQ(last.code, ws::CloseCode::internal_error);
  EXPECT_TRUE(client.at_end());
}

TEST(PracticeWebSocket, CompressesWhereBothSidesAgree) {
  for (const bool willing : {true, false}) {
    SCOPED_TRACE(willing);
    auto options = token_gate();
    options.deflate = willing;
    Gateway gateway(std::move(options));
    Client client(gateway);
    client.deflate = true;
    const auto answer = client.upgrade(kSocket);
    ASSERT_EQ(answer.status, 101);
    EXPECT_EQ(answer.headers.has("Sec-WebSocket-Extensions"), willing);
    EXPECT_EQ(type_of(client.receive_json()), "gateway.ready");
    client.send_text(R"({"jsonrpc":"2.0","id":1,"method":"echo","params":{}})");
    EXPECT_TRUE(client.receive_json()->has("result"));
  }
}

TEST(PracticeWebSocket, RefusesAFrameThatIsNotMasked) {
  Gateway gateway(token_gate());
  Client client(gateway);
  open(client);
  client.write(std::string_view("\x81\x02{}", 4));
  const auto close = client.receive();
  EXPECT_EQ(close.kind, ws::Kind::close);
  EXPECT_EQ(close.code, ws::CloseCode::protocol_error);
}

TEST(PracticeWebSocket, EndsAtOnceWhenTheGatewayStops) {
  Gateway gateway(test::over_tls(token_gate()));
  Client live(gateway);
  open(live);
  Client idle(gateway);
  EXPECT_EQ(idle.get("/api/status").status, 200);
  Client silent(gateway.port());  // A client that never sends a handshake.
  ASSERT_TRUE(gateway.request_log().wait([](const Counters& c) { return c.connections == 3; }));
  const auto begin = std::chrono::steady_clock::now();
  gateway.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  EXPECT_TRUE(live.receive().ended);
  EXPECT_TRUE(idle.at_end());
}

}  // namespace
}  // namespace pintle::practice
