// SPDX-License-Identifier: Apache-2.0
//
// `rpc` with gateways that respond wrongly or not at all.

#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include <pintle/core/ws/ws_handshake.h>

#include "fixture.h"
#include "support/scripted_server.h"

namespace pintle::test {
namespace {

using testing::HasSubstr;

// Of fewer than 126 bytes (RFC 6455 5.2).
std::string text_frame(const std::string& text) {
  return "\x81" + std::string(1, static_cast<char>(text.size())) + text;
}

std::string accepted(const std::string& upgrade) {
  constexpr std::string_view kName = "Sec-WebSocket-Key: ";
  const auto key = upgrade.find(kName) + kName.size();
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         ws::accept_for(upgrade.substr(key, upgrade.find("\r\n", key) - key)) + "\r\n\r\n";
}

// A token gateway whose WebSocket is played by the test after the upgrade.
ScriptedServer::Script gateway_with(std::function<void(ScriptedPeer&)> live,
                                    std::chrono::milliseconds status_takes = {}) {
  return [live = std::move(live), status_takes](ScriptedPeer& peer) {
    for (auto request = peer.read_request(); !request.empty(); request = peer.read_request()) {
      if (request.starts_with("GET /api/status ")) {
        std::this_thread::sleep_for(status_takes);
        peer.send(answer("200 OK", R"({"version":"0.16.0","auth_required":false})",
                         "Content-Type: application/json\r\n"));
      } else if (request.starts_with("GET /api/ws")) {
        peer.send(accepted(request));
        return live(peer);
      } else {
        peer.send(answer("503 Service Unavailable", R"({"detail":"none"})"));
      }
    }
  };
}

void greet(ScriptedPeer& peer) {
  peer.send(text_frame(
      R"({"jsonrpc":"2.0","method":"event","params":{"type":"gateway.ready","payload":{}}})"));
}

class RpcCommand : public WithGateway {
 protected:
  std::vector<std::string> rpc(const ScriptedServer& server, const char* timeout) const {
    return with_credential({"rpc", server.url(), "a.b", "--timeout", timeout});
  }
};

TEST_F(RpcCommand, FailsAtOnceWhereTheReplyIsMalformed) {
  for (const char* members :
       {R"("result":1,"result":2)", R"("result":1,"error":{"code":1,"message":"x"})", R"("x":1)",
        R"("error":"boo")", R"("error":{"code":99999999999999999999,"message":5})"}) {
    SCOPED_TRACE(members);
    ScriptedServer server(gateway_with([&](ScriptedPeer& peer) {
      greet(peer);
      peer.wait_for_a_byte();
      peer.send(text_frame(R"({"jsonrpc":"2.0","id":1,)" + std::string(members) + "}"));
      peer.wait_until_left();
    }));
    const auto ran = pintle_.run(rpc(server, "20"));
    EXPECT_EQ(ran.code, 22);
    EXPECT_THAT(ran.err, HasSubstr("protocol: the gateway's reply to a.b is malformed: it"));
  }
}

TEST_F(RpcCommand, EndsLikeEveryCommandAtCtrlC) {
  for (const int signal : {SIGINT, SIGTERM}) {
    std::promise<void> asked;
    ScriptedServer server(gateway_with([&](ScriptedPeer& peer) {
      greet(peer);
      peer.wait_for_a_byte();
      asked.set_value();
      peer.wait_until_left();
    }));
    Running running(pintle_, rpc(server, "50"));
    asked.get_future().wait();
    running.signal(signal);
    EXPECT_EQ(running.finish().code, 130);
  }
}

TEST_F(RpcCommand, HasOneTimeLimitForAllItsSteps) {
  constexpr auto kStatusTakes = std::chrono::seconds(4);
  ScriptedServer server(
      gateway_with([](ScriptedPeer& peer) { peer.wait_until_left(); }, kStatusTakes));
  const auto ran = pintle_.run(rpc(server, "6"));
  EXPECT_EQ(ran.code, 12);
  EXPECT_THAT(ran.err, HasSubstr("tcp: "));
  EXPECT_LT(ran.duration, std::chrono::seconds(9)) << "as if the call alone had the six seconds";
}

TEST_F(RpcCommand, ShowsTheKindsOfConnectWhole) {
  ScriptedServer server(gateway_with([](ScriptedPeer& peer) {
    greet(peer);
    peer.send(text_frame(R"({"jsonrpc":"2.0","method":"tick","params":{}})"));
    peer.wait_until_left();
  }));
  Running running(pintle_, with_credential({"connect", server.url()}));
  const auto said = running.wait_for("tick");
  EXPECT_THAT(said, HasSubstr("notification tick"));
  EXPECT_THAT(said, HasSubstr("dialling   ws://"));
  running.signal(SIGINT);
  const auto ran = running.finish();
  EXPECT_THAT(ran.out, testing::Not(testing::ContainsRegex(" \n")));
}

}  // namespace
}  // namespace pintle::test
