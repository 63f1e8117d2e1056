// SPDX-License-Identifier: Apache-2.0
//
// A WebSocket whose peer does not read, or reads slowly: queued frames stay complete, and a Close
// is never lost after a partly sent frame.

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/ws/ws_encode.h>

#include "live/ws/ws_connection.h"
#include "net/dialer.h"
#include "support/scripted_server.h"

namespace pintle::live {
namespace {

using namespace std::chrono_literals;
using test::ScriptedPeer;
using test::ScriptedServer;

constexpr std::size_t kMegabyte = std::size_t{1} << 20;

// Does not compress.
const std::string& megabyte() {
  static const std::string kMade = [] {
    std::mt19937_64 random(7);
    std::string made(kMegabyte, '\0');
    for (auto& byte : made) byte = static_cast<char>(random());
    return made;
  }();
  return kMade;
}

// A signal from the test to the script, or back.
class Signal {
 public:
  void give() {
    if (!std::exchange(is_given_, true)) given_.set_value();
  }
  void wait() const { wait_.wait(); }

 private:
  bool is_given_ = false;
  std::promise<void> given_;
  std::shared_future<void> wait_{given_.get_future()};
};

// What the peer received.
struct Received {
  int messages = 0;
  bool all_equal = true;
  std::optional<std::uint16_t> close;
  std::string error{};
};

std::string close_frame(ws::CloseCode code) {
  std::string bytes;
  ws::append_close(bytes, ws::Role::server, code, "", {});
  return bytes;
}

// Reads up to a Close frame, answers it if requested, and disconnects.
Received read_to_close(ScriptedPeer& peer, bool answers,
                       std::optional<ws::DeflateParams> deflate = {}) {
  Received received;
  ws::MessageReader reader(ws::Role::server, {}, deflate);
  std::string buffer(64 * 1024, '\0');
  for (;;) {
    const auto count = peer.read_some(buffer.data(), static_cast<int>(buffer.size()));
    if (count <= 0) {
      received.error = "it ended without a Close";
      return received;
    }
    std::span<char> input(buffer.data(), static_cast<std::size_t>(count));
    for (auto event = reader.next(input); event.kind != ws::Kind::need_more;
         event = reader.next(input)) {
      if (event.kind == ws::Kind::data) {
        ++received.messages;
        received.all_equal = received.all_equal && event.bytes == megabyte();
      } else if (event.kind == ws::Kind::close) {
        received.close = ws::number_of(event.code);
        if (answers) peer.send(close_frame(event.code));
        return received;
      } else if (event.kind == ws::Kind::error) {
        received.error = event.bytes;
        return received;
      }
    }
  }
}

class Backpressure : public testing::TestWithParam<bool>, public WsConnection::Owner {
 protected:
  // Not in a destructor: the loop still calls this as the WebSocket's owner.
  void TearDown() override {
    // A test that failed halfway must not leave its script waiting.
    for (auto* signal : {&closes_, &reads_, &ended_}) signal->give();
    if (link_) on_loop([&] { link_.reset(); });
  }

  bool secure() const { return GetParam(); }

  void connect(std::function<void(ScriptedPeer&)> script, WsConnectionOptions options = {}) {
    auto tls = test::make_server_tls(test::make_certificate({}, &authority_));
    server_.emplace([this, tls = std::move(tls), script = std::move(script)](ScriptedPeer& peer) {
      if (!secure() || peer.start_tls(tls)) script(peer);
    });
    net::Dialer dialer({.host = "127.0.0.1",
                        .port = server_->port(),
                        .secure = secure(),
                        .ca_file = ca_file_.path()});
    net::Watch watch(net::Watchdog::shared());
    auto stream = dialer.dial(watch, {}, net::Clock::now() + 10s);
    options.max_message_bytes = 64 * kMegabyte;
    on_loop([&] {
      link_ = std::make_unique<WsConnection>(shared_, std::move(stream), options, *this);
      link_->start({});
    });
  }

  void send(int messages) {
    for (int i = 0; i < messages; ++i) {
      on_loop([&] { link_->send(ws::Opcode::binary, megabyte()); });
    }
  }

  template <class Function>
  void on_loop(Function function) {
    std::promise<void> done;
    loop_.post([&] {
      function();
      done.set_value();
    });
    done.get_future().wait();
  }

  bool is_open() {
    bool open = false;
    on_loop([&] { open = link_->is_open(); });
    return open;
  }
  void wait_until_not_open() {
    while (is_open()) std::this_thread::yield();
  }
  std::size_t unsent_bytes() {
    std::size_t bytes = 0;
    on_loop([&] { bytes = link_->unsent_bytes(); });
    return bytes;
  }

  WsConnection* link() { return link_.get(); }
  WsConnectionEnd end() { return end_.get_future().get(); }

  // For scripts, which outlive the test's body.
  Signal closes_;
  Signal reads_;
  Signal ended_;
  std::promise<Received> received_;

 private:
  void on_data(const ws::Event&) override {}
  void on_batch_end() override {}
  void on_sent() override {}
  void on_end(WsConnectionEnd end) override { end_.set_value(std::move(end)); }

  test::Identity authority_ = test::make_authority("Pintle test authority");
  test::TemporaryFile ca_file_{test::pem_of(authority_)};
  std::optional<ScriptedServer> server_;
  std::promise<WsConnectionEnd> end_;
  LoopResources shared_;
  Loop& loop_ = shared_.loop();
  std::unique_ptr<WsConnection> link_;
};

INSTANTIATE_TEST_SUITE_P(Over, Backpressure, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Tls" : "PlainTcp"; });

TEST_P(Backpressure, KeepsWhatThePeerDoesNotReadAndSendsAllOfItWhenItDoes) {
  connect([this](ScriptedPeer& peer) {
    reads_.wait();
    received_.set_value(read_to_close(peer, true));
  });
  send(28);
  ASSERT_TRUE(is_open());
  EXPECT_GT(unsent_bytes(), 16 * kMegabyte);
  reads_.give();
  while (is_open() && unsent_bytes() != 0) std::this_thread::yield();
  ASSERT_TRUE(is_open());
  on_loop([&] { link()->close(ws::CloseCode::normal, ""); });
  const auto got = received_.get_future().get();
  EXPECT_EQ(got.messages, 28);
  EXPECT_TRUE(got.all_equal);
  EXPECT_EQ(got.close, 1000);
  EXPECT_EQ(end().code, 1000);
}

TEST_P(Backpressure, AnswersACloseBehindTheFrameUnderWayAndDropsTheRest) {
  connect([this](ScriptedPeer& peer) {
    closes_.wait();
    peer.send(close_frame(ws::CloseCode::going_away));
    reads_.wait();
    received_.set_value(read_to_close(peer, false));
  });
  send(10);
  closes_.give();
  wait_until_not_open();
  reads_.give();
  const auto got = received_.get_future().get();
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.close, 1001);
  EXPECT_TRUE(got.all_equal);
  EXPECT_GT(got.messages, 0);
  EXPECT_LT(got.messages, 10);
  const auto ended = end();
  EXPECT_EQ(ended.code, 1001);
  EXPECT_TRUE(ended.why && ended.why->can_retry());
}

TEST_P(Backpressure, AnswersACloseBehindTheFrameUnderWayOfACompressedConnection) {
  const ws::DeflateParams deflate;
  connect(
      [this, deflate](ScriptedPeer& peer) {
        closes_.wait();
        peer.send(close_frame(ws::CloseCode::going_away));
        reads_.wait();
        received_.set_value(read_to_close(peer, false, deflate));
      },
      {.deflate = deflate});
  send(10);
  closes_.give();
  wait_until_not_open();
  reads_.give();
  const auto got = received_.get_future().get();
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.close, 1001);
  EXPECT_TRUE(got.all_equal);
  EXPECT_LT(got.messages, 10);
}

TEST_P(Backpressure, SendsAllThatWaitsBeforeItsOwnClose) {
  connect([this](ScriptedPeer& peer) {
    reads_.wait();
    received_.set_value(read_to_close(peer, true));
  });
  send(10);
  on_loop([&] { link()->close(ws::CloseCode::normal, "done"); });
  reads_.give();
  const auto got = received_.get_future().get();
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.messages, 10);
  EXPECT_EQ(got.close, 1000);
  EXPECT_FALSE(end().why);
}

TEST_P(Backpressure, TellsAPeerThatBreaksTheProtocolBehindTheFrameUnderWay) {
  connect([this](ScriptedPeer& peer) {
    closes_.wait();
    // A reserved opcode, and then more than the client reads: unread, it must not make the socket
    // send a RST instead of the Close.
    peer.send("\x83\x01x");
    peer.send(megabyte());
    reads_.wait();
    received_.set_value(read_to_close(peer, false));
  });
  send(10);
  closes_.give();
  wait_until_not_open();
  reads_.give();
  const auto got = received_.get_future().get();
  EXPECT_EQ(got.error, "");
  EXPECT_EQ(got.close, 1002);
  EXPECT_TRUE(got.all_equal);
  EXPECT_LT(got.messages, 10);
  const auto ended = end();
  EXPECT_EQ(ended.code, 1006);
  ASSERT_TRUE(ended.why);
  EXPECT_THAT(ended.why->message(), testing::HasSubstr("broke the WebSocket protocol"));
}

TEST_P(Backpressure, EndsInTimeWhereThePeerClosesAndNeverReads) {
  connect([this](ScriptedPeer& peer) {
    closes_.wait();
    peer.send(close_frame(ws::CloseCode::going_away));
    ended_.wait();
  });
  send(10);
  const auto begin = Clock::now();
  closes_.give();
  EXPECT_EQ(end().code, 1001);
  EXPECT_LT(Clock::now() - begin, 10s);
  ended_.give();
}

TEST_P(Backpressure, EndsAtOnceWhereThePeerClosesItsSocketBehindItsClose) {
  connect([this](ScriptedPeer& peer) {
    closes_.wait();
    peer.send(close_frame(ws::CloseCode::going_away));
    peer.reset();
  });
  send(10);
  const auto begin = Clock::now();
  closes_.give();
  // A RST may overtake the Close.
  EXPECT_THAT(end().code, testing::AnyOf(1001, 1006));
  EXPECT_LT(Clock::now() - begin, 2s);
}

}  // namespace
}  // namespace pintle::live
