// SPDX-License-Identifier: Apache-2.0
//
// A broker before a gateway that must be greeted: the client's WebSocket begins after the greeting.

#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker_fixture.h"
#include "support/greeting_scheme.h"
#include "support/ws_peer.h"

namespace pintle::test {
namespace {

class ABrokerThatGreets : public BrokerTest {
 protected:
  void begin(std::function<void(WsPeer&)> play, std::string subprotocol = {}) {
    server_.emplace(gateway_with_ws(std::move(play)));
    ConnectionSettings settings{.url = GatewayUrl::parse(server_->url())};
    settings.inputs = token_input(folder_, "secret-of-the-broker");
    if (!subprotocol.empty()) settings.scheme_settings["subprotocol"] = subprotocol;
    serve(Host(host_with({&kGreeting})).open(settings));
  }

  TemporaryFolder folder_;
  std::optional<ScriptedServer> server_;
};

TEST_F(ABrokerThatGreets, PassesTheWebSocketOnAfterTheGreeting) {
  std::string request;
  std::string token;
  std::string said;
  begin([&](WsPeer& peer) {
    request = peer.request();
    peer.accept("", WsPeer::text_frame("hello"));
    token = peer.receive_text();
    peer.send(WsPeer::text_frame("ok") + WsPeer::text_frame("for the client"));
    said = peer.receive_text();
    peer.send_text("echo");
    peer.wait_until_left();
  });
  auto one = client();
  one.deflate = true;  // the greeting could not read compressed messages
  const auto response = one.upgrade("/api/ws", with_token());
  ASSERT_EQ(response.status, 101);
  EXPECT_FALSE(response.headers.has("Sec-WebSocket-Extensions"));
  EXPECT_EQ(one.receive().bytes, "for the client");
  one.send_text("from the client");
  EXPECT_EQ(one.receive().bytes, "echo");
  EXPECT_EQ(said, "from the client");
  EXPECT_EQ(token, "secret-of-the-broker");
  EXPECT_EQ(field_of(request, "Sec-WebSocket-Extensions"), "");
}

TEST_F(ABrokerThatGreets, AnswersWithAnErrorIfTheGreetingIsRefused) {
  begin([](WsPeer& peer) {
    peer.accept("", WsPeer::text_frame("hello"));
    peer.receive_text();
    peer.send_text("refused");
    peer.wait_until_left();
  });
  auto one = client();
  const auto response = one.upgrade("/api/ws", with_token());
  EXPECT_GE(response.status, 400);
  EXPECT_THAT(response.body, testing::HasSubstr("refused the token"));
  EXPECT_THAT(response.body, testing::Not(testing::HasSubstr("secret-of-the-broker")));
}

TEST_F(ABrokerThatGreets, KeepsTheSubprotocolOfTheSchemeFromTheClient) {
  std::string offered;
  begin(
      [&](WsPeer& peer) {
        offered = field_of(peer.request(), "Sec-WebSocket-Protocol");
        peer.accept("Sec-WebSocket-Protocol: of-the-scheme\r\n", WsPeer::text_frame("hello"));
        peer.receive_text();
        peer.send_text("ok");
        peer.wait_until_left();
      },
      "of-the-scheme");
  auto headers = with_token();
  headers.add("Sec-WebSocket-Protocol", "mine");
  auto one = client();
  const auto response = one.upgrade("/api/ws", headers);
  EXPECT_EQ(response.status, 101);
  EXPECT_FALSE(response.headers.has("Sec-WebSocket-Protocol"));
  EXPECT_EQ(offered, "mine, of-the-scheme");
}

}  // namespace
}  // namespace pintle::test
