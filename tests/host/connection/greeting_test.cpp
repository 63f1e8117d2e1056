// SPDX-License-Identifier: Apache-2.0
//
// A greeting on a new WebSocket: it is over before the app gets the WebSocket, at each dial.

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/host.h>

#include "support/error_of.h"
#include "support/greeting_scheme.h"
#include "support/practice_host.h"
#include "support/ws_peer.h"

namespace pintle::test {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kLong = 20'000;
constexpr const char* kSecret = "token-of-the-greeting";

class AGreeting : public testing::Test {
 protected:
  using Play = std::function<void(WsPeer&)>;

  void begin(Play play) { server_.emplace(gateway_with_ws(std::move(play))); }

  ConnectionSettings settings() {
    ConnectionSettings made{.url = GatewayUrl::parse(server_->url())};
    made.inputs = token_input(folder_, kSecret);
    made.request_ms = kLong;
    return made;
  }
  static Connection open(ConnectionSettings settings) {
    return Host(host_with({&kGreeting})).open(std::move(settings));
  }
  static LiveOptions options() {
    LiveOptions made;
    made.content = LiveOptions::Content::messages;
    made.ready_timeout_ms = 10;
    made.initial_backoff_ms = 1;
    return made;
  }
  // Dials once; returns the error if that failed.
  std::optional<Error> dial(ConnectionSettings settings, LiveOptions how = options()) {
    auto connection = open(std::move(settings));
    how.reconnect = false;
    auto live = connection.live(std::move(how));
    return error_if_any([&] { live.wait_until_ready(kLong); });
  }

  // Plays the gateway's part until the token has come; returns it.
  static std::string take_token(WsPeer& peer, std::string_view word = "hello") {
    peer.accept();
    peer.send_text(word);
    return peer.receive_text();
  }
  static void welcome(WsPeer& peer) {
    take_token(peer);
    peer.send_text("ok");
    peer.wait_until_left();
  }

  TemporaryFolder folder_;
  std::optional<ScriptedServer> server_;
};

// Returns the text of the next message.
std::string next_message(LiveConnection& live) {
  while (const auto event = live.next(kLong)) {
    if (event->kind == LiveEvent::Kind::message) return std::string(event->json);
  }
  return "nothing";
}

TEST_F(AGreeting, IsOverBeforeTheAppGetsTheWebSocketAndLosesNoByte) {
  Noted token;
  begin([&](WsPeer& peer) {
    // The first word comes with the 101, and the app's first message with the last one.
    peer.accept("", WsPeer::text_frame("hello"));
    token.add(peer.receive_text());
    peer.send(WsPeer::text_frame("ok") + WsPeer::text_frame("first") +
              WsPeer::text_frame("second").substr(0, 3));
    const auto said = peer.receive_text();
    peer.send(WsPeer::text_frame("second").substr(3) + WsPeer::text_frame("echo " + said));
    peer.wait_until_left();
  });
  auto connection = open(settings());
  auto live = connection.live(options());
  live.wait_until_ready(kLong);
  live.send("from the app");
  EXPECT_EQ(next_message(live), "first");
  EXPECT_EQ(next_message(live), "second");
  EXPECT_EQ(next_message(live), "echo from the app");
  EXPECT_EQ(token.last(), kSecret);
  server_.reset();  // its thread uses what is above
}

TEST_F(AGreeting, IsSentAtEachDial) {
  std::atomic<int> greeted{0};
  begin([&](WsPeer& peer) {
    EXPECT_EQ(take_token(peer), kSecret);
    peer.send_text("ok");
    peer.send_text("dial " + std::to_string(++greeted));
    if (greeted < 3) return;  // the connection is lost
    peer.wait_until_left();
  });
  auto connection = open(settings());
  auto live = connection.live(options());
  EXPECT_EQ(next_message(live), "dial 1");
  EXPECT_EQ(next_message(live), "dial 2");
  EXPECT_EQ(next_message(live), "dial 3");
  server_.reset();  // its thread uses what is above
}

TEST_F(AGreeting, AnswersPingsAndReadsFragmentsAndSendsBinary) {
  std::optional<WsPeer::Received> pong;
  std::optional<WsPeer::Received> token;
  begin([&](WsPeer& peer) {
    peer.accept();
    peer.send(WsPeer::frame(ws::Opcode::text, "bin", false) + WsPeer::frame(ws::Opcode::ping, "p") +
              WsPeer::frame(ws::Opcode::continuation, "ary"));
    pong = peer.receive();
    token = peer.receive();
    peer.send_text("ok");
    peer.wait_until_left();
  });
  EXPECT_FALSE(dial(settings()));
  server_->wait_until_none_is_open();
  ASSERT_TRUE(pong && token);
  EXPECT_EQ(pong->kind, ws::Kind::pong);
  EXPECT_EQ(pong->bytes, "p");
  EXPECT_TRUE(token->is_binary);
  EXPECT_EQ(token->bytes, kSecret);
  server_.reset();  // its thread uses what is above
}

TEST_F(AGreeting, ThatIsRefusedIsSentOnceMoreWithANewCredential) {
  Noted tokens;
  begin([&](WsPeer& peer) {
    tokens.add(take_token(peer));
    if (tokens.all().size() == 1) write_text(folder_ / "token", "a-newer-token");
    peer.send_text(tokens.last() == "a-newer-token" ? "ok" : "refused");
    peer.wait_until_left();
  });
  EXPECT_FALSE(dial(settings()));
  EXPECT_THAT(tokens.all(), ElementsAre(kSecret, "a-newer-token"));
  server_.reset();  // its thread uses what is above
}

TEST_F(AGreeting, ThatStaysRefusedNeedsASignInAndIsNotSentAgain) {
  std::atomic<int> greeted{0};
  begin([&](WsPeer& peer) {
    take_token(peer);
    ++greeted;
    peer.send_text("refused");
    peer.wait_until_left();
  });
  auto connection = open(settings());
  auto live = connection.live(options());
  const auto error = error_of([&] { live.wait_until_ready(kLong); });
  EXPECT_EQ(error.layer(), Layer::gate);
  EXPECT_EQ(error.message(), "the gateway refused the token");
  EXPECT_TRUE(error.needs_sign_in());
  EXPECT_EQ(live.state().kind, LiveState::Kind::needs_sign_in);
  EXPECT_EQ(greeted, 1);
  // The same credential is latched for the whole connection.
  EXPECT_TRUE(error_of([&] { connection.call({.target = "/api/x"}); }).needs_sign_in());
  EXPECT_EQ(greeted, 1);
  server_.reset();  // its thread uses what is above
}

TEST_F(AGreeting, ThatTheGatewayEndsNamesTheCode) {
  struct Row {
    ws::CloseCode code;
    Layer layer;
    bool needs_sign_in;
    bool can_retry;
  };
  constexpr Row kTable[] = {
      {ws::CloseCode::policy, Layer::gate, false, false},
      {ws::CloseCode::bad_credential, Layer::gate, true, false},
      {ws::CloseCode::bad_host_or_origin, Layer::host_guard, false, false},
      {ws::CloseCode::internal_error, Layer::websocket, false, true},
      {ws::CloseCode::normal, Layer::websocket, false, true},
      {static_cast<ws::CloseCode>(4004), Layer::websocket, false, false},
  };
  for (const auto& row : kTable) {
    const auto code = ws::number_of(row.code);
    SCOPED_TRACE(code);
    std::optional<WsPeer::Received> answered;
    begin([&](WsPeer& peer) {
      take_token(peer);
      peer.send(WsPeer::close_frame(row.code, std::string("not ") + kSecret));
      answered = peer.receive();
    });
    const auto error = dial(settings());
    server_->wait_until_none_is_open();
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->layer(), row.layer);
    // The reason is left out: it may repeat the token.
    EXPECT_THAT(error->message(), EndsWith("with code " + std::to_string(code)));
    EXPECT_THAT(error->message(), Not(HasSubstr(kSecret)));
    EXPECT_EQ(error->needs_sign_in(), row.needs_sign_in);
    EXPECT_EQ(error->can_retry(), row.can_retry);
    ASSERT_TRUE(answered.has_value());
    EXPECT_EQ(answered->kind, ws::Kind::close);
    EXPECT_EQ(answered->code, row.code);
  }
  server_.reset();  // its thread uses what is above
}

TEST_F(AGreeting, ThatFailedIsNotDoneEvenIfTheSchemeSaysSo) {
  begin([&](WsPeer& peer) {
    take_token(peer);
    peer.send(WsPeer::close_frame(ws::CloseCode::policy, ""));
    peer.receive();
  });
  auto careless = settings();
  careless.scheme_settings = {{"careless", "yes"}};
  const auto error = dial(careless);
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->message(), HasSubstr("closed the WebSocket during the greeting"));
  server_.reset();  // its thread uses what is above
}

TEST_F(AGreeting, SaysWhyItWasClosedBeforeAnythingWasSent) {
  begin([&](WsPeer& peer) {
    peer.accept();
    peer.send(WsPeer::close_frame(ws::CloseCode::try_again_later, "full"));
    peer.receive();
  });
  const auto error = dial(settings());
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->message(), EndsWith(": full"));
  server_.reset();  // its thread uses what is above
}

TEST_F(AGreeting, IsRefusedIfTheGatewayBreaksTheProtocol) {
  const std::string big((std::size_t{1} << 20) + 1, 'x');
  for (const std::string& bytes :
       {std::string("\x83\x01x", 3), std::string("\x81\x02\xff\xfe", 4), WsPeer::text_frame(big)}) {
    SCOPED_TRACE(bytes.size());
    begin([&](WsPeer& peer) {
      take_token(peer);
      peer.send(bytes);
      peer.wait_until_left();
    });
    const auto error = dial(settings());
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->layer(), Layer::websocket);
    EXPECT_THAT(error->message(), HasSubstr("broke the WebSocket protocol during the greeting"));
    EXPECT_FALSE(error->needs_sign_in());
    server_.reset();
  }
}

TEST_F(AGreeting, IsRefusedIfTheGatewaySendsFramesWithoutEnd) {
  const std::string begun = WsPeer::frame(ws::Opcode::text, "o", false);
  const std::vector<std::pair<std::string, std::string>> table = {
      {begun, WsPeer::frame(ws::Opcode::continuation, "", false)},
      {"", WsPeer::frame(ws::Opcode::ping, "")},
      {"", WsPeer::frame(ws::Opcode::pong, "")},
  };
  for (const auto& [first, endless] : table) {
    SCOPED_TRACE(endless.size());
    std::optional<WsPeer::Received> last;
    begin([&](WsPeer& peer) {
      take_token(peer);
      std::string flood = first;
      for (int i = 0; i < 2'000; ++i) flood += endless;
      peer.send(flood);
      for (auto came = peer.receive(); came; came = peer.receive()) last = came;
    });
    const auto error = dial(settings());
    server_.reset();
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->layer(), Layer::websocket);
    EXPECT_FALSE(error->is_timeout());
    EXPECT_THAT(error->message(), HasSubstr("too many"));
    ASSERT_TRUE(last.has_value());
    EXPECT_EQ(last->code, ws::CloseCode::policy);
  }
}

TEST_F(AGreeting, EndsWithTheTimeOfTheDialAndWithTheConnection) {
  begin([](WsPeer& peer) {
    take_token(peer);
    peer.wait_until_left();
  });
  auto made = settings();
  made.request_ms = 300;
  const auto late = dial(made);
  ASSERT_TRUE(late.has_value());
  EXPECT_EQ(late->layer(), Layer::tcp);
  EXPECT_THAT(late->message(), HasSubstr("did not finish the greeting within 300 ms"));
  EXPECT_TRUE(late->can_retry());
  EXPECT_FALSE(late->needs_sign_in());

  begin([](WsPeer& peer) { take_token(peer); });
  const auto lost = dial(settings());
  ASSERT_TRUE(lost.has_value());
  EXPECT_EQ(lost->layer(), Layer::tcp);
  EXPECT_THAT(lost->message(), HasSubstr("during the greeting"));
  EXPECT_TRUE(lost->can_retry());
}

TEST_F(AGreeting, IsCancelledAtOnce) {
  std::promise<void> waits;
  begin([&](WsPeer& peer) {
    take_token(peer);
    waits.set_value();
    peer.wait_until_left();
  });
  const auto began = [&] {
    auto connection = open(settings());
    auto live = connection.live(options());
    waits.get_future().wait();
    const auto now = std::chrono::steady_clock::now();
    live.close();
    return now;
  }();
  server_->wait_until_none_is_open();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(kLong));
  server_.reset();  // its thread uses what is above
}

TEST_F(AGreeting, OffersNoCompressionAndGetsTheSubprotocolThatWasChosen) {
  Noted requests;
  Noted token;
  begin([&](WsPeer& peer) {
    requests.add(peer.request());
    peer.accept("Sec-WebSocket-Protocol: chat.v1\r\n", WsPeer::text_frame("hello"));
    token.add(peer.receive_text());
    peer.send_text("ok");
    peer.wait_until_left();
  });
  auto made = settings();
  made.scheme_settings["subprotocol"] = "chat.v1";
  auto how = options();
  how.offer_deflate = true;
  EXPECT_FALSE(dial(made, how));
  EXPECT_EQ(field_of(requests.last(), "Sec-WebSocket-Protocol"), "chat.v1");
  EXPECT_EQ(field_of(requests.last(), "Sec-WebSocket-Extensions"), "");
  EXPECT_EQ(token.last(), std::string(kSecret) + "chat.v1");

  // One that was not offered.
  const auto error = dial(settings());
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->layer(), Layer::websocket);
  server_.reset();  // its thread uses what is above
}

TEST_F(AGreeting, RefusesASubprotocolThatIsNoToken) {
  begin([](WsPeer& peer) { welcome(peer); });
  for (const char* name : {"two words", "a,b", "a\r\nX: y"}) {
    auto made = settings();
    made.scheme_settings["subprotocol"] = name;
    const auto error = dial(made);
    ASSERT_TRUE(error.has_value());
    EXPECT_EQ(error->layer(), Layer::plugin);
    EXPECT_THAT(error->message(), HasSubstr("a WebSocket subprotocol that is not a token"));
  }
}

TEST_F(AGreeting, MayBeOnAnotherOriginThatTheSettingsAllow) {
  begin([](WsPeer& peer) { welcome(peer); });
  Noted requests;
  ScriptedServer elsewhere(gateway_with_ws([&](WsPeer& peer) {
    requests.add(peer.request());
    welcome(peer);
  }));
  auto made = settings();
  made.scheme_settings["ws"] = "ws://127.0.0.1:" + std::to_string(elsewhere.port()) + "/stream?v=1";
  const auto refused = dial(made);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->layer(), Layer::plugin);
  EXPECT_THAT(refused->message(), HasSubstr("which the settings do not allow"));
  EXPECT_THAT(refused->hint(), HasSubstr("--allow-origin " + elsewhere.url()));
  EXPECT_TRUE(requests.all().empty());

  made.allowed_origins = {elsewhere.url()};
  EXPECT_FALSE(dial(made));
  EXPECT_TRUE(requests.last().starts_with("GET /stream?v=1 HTTP/1.1\r\n"));
  EXPECT_EQ(field_of(requests.last(), "X-Gate"), "") << "a header of the gateway went elsewhere";
}

TEST_F(AGreeting, GoesNowhereOverPlainHttpUnlessTheSettingsAllowIt) {
  begin([](WsPeer& peer) { welcome(peer); });
  auto made = settings();
  made.scheme_settings["ws"] = "ws://stream.example/";
  made.allowed_origins = {"http://stream.example"};
  const auto error = dial(made);
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->message(), HasSubstr("over plain http to another machine"));
}

}  // namespace
}  // namespace pintle::test
