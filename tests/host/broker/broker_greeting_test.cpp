// SPDX-License-Identifier: Apache-2.0
//
// A broker with a scheme that greets: the client's WebSocket begins after the greeting. And with
// one that signs.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker_fixture.h"
#include "support/greeting_scheme.h"
#include "support/sigv4_scheme.h"
#include "support/ws_peer.h"

namespace pintle::test {
namespace {

class ABrokerThatGreets : public BrokerTest {
 protected:
  void begin(std::function<void(WsPeer&)> play, const std::string& subprotocol = {},
             std::int64_t request_ms = 60'000) {
    server_.emplace(gateway_with_ws(std::move(play)));
    ConnectionSettings settings{.url = GatewayUrl::parse(server_->url())};
    settings.request_ms = request_ms;
    settings.inputs = token_input(folder_, "secret-of-the-broker");
    if (!subprotocol.empty()) settings.scheme_settings["subprotocol"] = subprotocol;
    serve(Host(host_with({&kGreeting})).open(settings));
  }

  TemporaryFolder folder_;
  std::optional<ScriptedServer> server_;
};

TEST_F(ABrokerThatGreets, PassesTheWebSocketOnAfterTheGreeting) {
  Noted request;
  Noted token;
  Noted said;
  begin([&](WsPeer& peer) {
    request.add(peer.request());
    peer.accept("", WsPeer::text_frame("hello"));
    token.add(peer.receive_text());
    peer.send(WsPeer::text_frame("ok") + WsPeer::text_frame("for the client"));
    said.add(peer.receive_text());
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
  EXPECT_EQ(said.last(), "from the client");
  EXPECT_EQ(token.last(), "secret-of-the-broker");
  EXPECT_EQ(field_of(request.last(), "Sec-WebSocket-Extensions"), "");
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

TEST_F(ABrokerThatGreets, AnswersWith504IfTheGreetingTakesTooLong) {
  begin(
      [](WsPeer& peer) {
        peer.accept("", WsPeer::text_frame("hello"));
        peer.wait_until_left();
      },
      {}, 500);
  auto one = client();
  const auto response = one.upgrade("/api/ws", with_token());
  EXPECT_EQ(response.status, 504);
  EXPECT_THAT(response.body, testing::HasSubstr("did not finish the greeting"));
}

TEST_F(ABrokerThatGreets, KeepsTheSubprotocolOfTheSchemeFromTheClient) {
  Noted offered;
  begin(
      [&](WsPeer& peer) {
        offered.add(field_of(peer.request(), "Sec-WebSocket-Protocol"));
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
  EXPECT_EQ(offered.last(), "mine, of-the-scheme");
}

TEST_F(BrokerTest, SignsWhatItSendsForAClient) {
  Noted faults;
  ScriptedServer server(gateway_with_ws(
      [&](WsPeer& peer) {
        faults.add(fault_of(peer.request(), hex_of(digest_of_text(""))));
        peer.accept();
        peer.wait_until_left();
      },
      [&](const std::string& request) {
        const auto body = request.substr(request.find("\r\n\r\n") + 4);
        // A large body is streamed: its digest is not known when the request is signed.
        faults.add(fault_of(
            request, body.size() > 100'000 ? "UNSIGNED-PAYLOAD" : hex_of(digest_of_text(body))));
        return answer("200 OK", "{}");
      }));
  serve(Host(host_with({&kSigV4})).open({.url = GatewayUrl::parse(server.url())}));
  auto one = client();
  EXPECT_EQ(one.get("/api/a?x=1", with_token()).status, 200);
  EXPECT_EQ(one.post("/api/b", "small", with_token()).status, 200);
  EXPECT_EQ(one.post("/api/b", std::string(200'000, 'x'), with_token()).status, 200);
  EXPECT_EQ(one.upgrade("/api/ws", with_token()).status, 101);
  EXPECT_THAT(faults.all(), testing::ElementsAre("", "", "", ""));
}

}  // namespace
}  // namespace pintle::test
