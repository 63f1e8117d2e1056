// SPDX-License-Identifier: Apache-2.0
//
// Bodies: a truncated one is never accepted as complete, and one of any size is transferred in
// bounded memory.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <poll.h>
#include <string>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>
#include <pintle/core/http/http_chunked.h>

#include "net/transport.h"
#include "support/error_of.h"
#include "support/scripted_server.h"
#include "support/test_certificates.h"

namespace pintle::net {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::error_of;
using test::ScriptedPeer;
using test::ScriptedServer;
using ::testing::HasSubstr;

/// A source of any number of bytes, none of which it stores.
class Zeros final : public BodySource {
 public:
  explicit Zeros(std::uint64_t size, std::uint64_t really = ~std::uint64_t{0})
      : size_(size), really_(really) {}
  std::uint64_t size() const override { return size_; }
  std::size_t read(std::span<char> buffer) override {
    const auto left = std::min(size_, really_) - given_;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
    std::fill_n(buffer.begin(), size, '0');
    given_ += size;
    return size;
  }
  bool rewind() override {
    ++rewinds;
    given_ = 0;
    return can_rewind;
  }
  std::uint64_t given() const { return given_; }

  bool can_rewind = true;
  int rewinds = 0;

 private:
  std::uint64_t size_;
  std::uint64_t really_;
  std::uint64_t given_ = 0;
};

/// Counts received bytes, and may refuse more.
class Counting final : public BodySink {
 public:
  void write(std::string_view piece) override {
    if (size + piece.size() > capacity) throw Error(Layer::store, "the disk is full");
    size += piece.size();
    longest = std::max(longest, piece.size());
  }
  std::uint64_t size = 0;
  std::uint64_t capacity = ~std::uint64_t{0};
  std::size_t longest = 0;
};

HttpRequest request_of(const char* method) {
  HttpRequest request;
  request.method = method;
  return request;
}

class Body : public testing::TestWithParam<bool> {
 protected:
  bool secure() const { return GetParam(); }

  /// `ends_well`: over TLS the server sends close_notify.
  ScriptedServer::Script script(ScriptedServer::Script inner, bool ends_well = false) {
    auto tls = test::make_server_tls(test::make_certificate({}, &authority_));
    return [tls = std::move(tls), inner = std::move(inner), ends_well,
            is_secure = secure()](ScriptedPeer& peer) {
      if (is_secure && !peer.start_tls(tls)) return;
      inner(peer);
      if (is_secure && ends_well) peer.end_tls();
    };
  }

  TransportSettings settings_for(const ScriptedServer& server) const {
    TransportSettings settings{
        .gateway = GatewayUrl::parse(server.url(secure() ? "https" : "http", "localhost"))};
    settings.ca_file = ca_file_.path();
    return settings;
  }

 private:
  test::Identity authority_ = test::make_authority("Pintle test authority");
  test::TemporaryFile ca_file_{test::pem_of(authority_)};
};

INSTANTIATE_TEST_SUITE_P(Over, Body, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Tls" : "PlainTcp"; });

constexpr const char* kWithoutLength = "HTTP/1.1 200 OK\r\n\r\nonly a part";

TEST_P(Body, IsNotWholeWhereATimeLimitEndsOneWithoutALength) {
  ScriptedServer server(script([](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(kWithoutLength);
    peer.wait_until_left();
  }));
  Transport transport(settings_for(server));
  const auto error = error_of([&] { transport.exchange({}, {.total = 300ms}); });
  EXPECT_EQ(error.layer(), Layer::tcp);
  EXPECT_THAT(error.message(), HasSubstr("only part of its answer"));
  EXPECT_THAT(error.message(), HasSubstr("within 300 ms"));
  EXPECT_THAT(error.hint(), HasSubstr("--timeout"));
}

TEST_P(Body, IsNotWholeWhereACancelEndsOneWithoutALength) {
  CancelSource cancel;
  ScriptedServer server(script([&cancel](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(kWithoutLength);
    cancel.request_stop();
    peer.wait_until_left();
  }));
  Transport transport(settings_for(server));
  const auto error = error_of([&] { transport.exchange({}, {.cancel = cancel.get_token()}); });
  EXPECT_THAT(error.message(), HasSubstr("was cancelled"));
}

TEST_P(Body, IsWholeWhereTheServerEndsOneWithoutALengthInGoodOrder) {
  ScriptedServer server(script(
      [](ScriptedPeer& peer) {
        peer.read_request();
        peer.send(kWithoutLength);
      },
      true));
  Transport transport(settings_for(server));
  EXPECT_EQ(transport.exchange({}).body, "only a part");
}

// RFC 8446 6.1: without close_notify an attacker may have truncated it.
TEST_P(Body, IsNotWholeWhereTlsEndsWithoutSayingSo) {
  if (!secure()) GTEST_SKIP() << "plain TCP cannot tell";
  ScriptedServer server(script([](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(kWithoutLength);
  }));
  Transport transport(settings_for(server));
  EXPECT_EQ(error_of([&] { transport.exchange({}); }).layer(), Layer::tcp);
}

TEST_P(Body, OfAnySizeGoesToASinkPieceByPiece) {
  constexpr std::size_t kSize = 40 << 20;  // Above the limit of a body in memory.
  const std::string block(1 << 20, 'x');
  for (const bool chunked : {false, true}) {
    SCOPED_TRACE(chunked);
    ScriptedServer server(script([&](ScriptedPeer& peer) {
      peer.read_request();
      peer.send(chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        : "HTTP/1.1 200 OK\r\nContent-Length: 41943040\r\n\r\n");
      for (std::size_t sent = 0; sent < kSize; sent += block.size()) {
        if (!peer.send(chunked ? "100000\r\n" + block + "\r\n" : block)) return;
      }
      if (chunked) peer.send("0\r\n\r\n");
      peer.read_request();
      peer.send(answer("200 OK", "next"));
    }));
    Transport transport(settings_for(server));
    Counting sink;
    const auto response = transport.exchange({}, {}, {.sink = &sink});
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(sink.size, kSize);
    EXPECT_LE(sink.longest, 64u * 1024);
    EXPECT_EQ(transport.exchange({}).body, "next") << "on the same connection";
    EXPECT_EQ(server.connections(), 1);
  }
}

TEST_P(Body, OfARefusalIsKeptInMemory) {
  ScriptedServer server(script([](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(answer("404 Not Found", "no such thing"));
  }));
  Transport transport(settings_for(server));
  Counting sink;
  EXPECT_EQ(transport.exchange({}, {}, {.sink = &sink}).body, "no such thing");
  EXPECT_EQ(sink.size, 0u);
}

TEST_P(Body, EndsTheExchangeWhereItsSinkFails) {
  ScriptedServer server(script([](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(answer("200 OK", std::string(200'000, 'x')));
    peer.wait_until_left();
  }));
  Transport transport(settings_for(server));
  Counting sink;
  sink.capacity = 100'000;
  const auto error = error_of([&] { transport.exchange({}, {}, {.sink = &sink}); });
  EXPECT_EQ(error.layer(), Layer::store);
  EXPECT_THAT(error.message(), HasSubstr("the disk is full"));
}

TEST_P(Body, AboveALimitThatWasSetIsRefusedInMemoryAndByASink) {
  ScriptedServer server(script([](ScriptedPeer& peer) {
    while (!peer.read_request().empty()) peer.send(answer("200 OK", std::string(1'000, 'x')));
  }));
  Transport transport(settings_for(server));
  Counting sink;
  for (auto* to : {static_cast<BodySink*>(nullptr), static_cast<BodySink*>(&sink)}) {
    const BodyStreams streams{.sink = to, .max_body_bytes = 999};
    const auto error =
        error_of([&] { transport.exchange({}, {.body_hint = "Raise it."}, streams); });
    EXPECT_THAT(error.message(), HasSubstr("limit of 999 bytes"));
    EXPECT_EQ(error.hint(), "Raise it.");
  }
  EXPECT_EQ(transport.exchange({}, {}, {.max_body_bytes = 1'000}).body.size(), 1'000u);
}

TEST_P(Body, OfAnySizeIsSentFromASource) {
  constexpr std::uint64_t kSize = 40 << 20;
  std::atomic<std::uint64_t> got{0};
  ScriptedServer server(script([&](ScriptedPeer& peer) {
    std::string buffer(64 * 1024, '\0');
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
      const auto count = peer.read_some(buffer.data(), 1);
      if (count <= 0) return;
      head.append(buffer, 0, static_cast<std::size_t>(count));
    }
    EXPECT_THAT(head, HasSubstr("Content-Length: 41943040\r\n"));
    while (got < kSize) {
      const auto count = peer.read_some(buffer.data(), static_cast<int>(buffer.size()));
      if (count <= 0) return;
      got += static_cast<std::uint64_t>(count);
    }
    peer.send(answer("200 OK", "thanks"));
    peer.read_request();
    peer.send(answer("200 OK", "next"));
  }));
  Transport transport(settings_for(server));
  Zeros source(kSize);
  EXPECT_EQ(transport.exchange(request_of("PUT"), {}, {.source = &source}).body, "thanks");
  EXPECT_EQ(got, kSize);
  EXPECT_EQ(transport.exchange({}).body, "next") << "on the same connection";
  EXPECT_EQ(server.connections(), 1);
}

TEST_P(Body, OfUnknownSizeIsSentInChunks) {
  constexpr std::uint64_t kSize = 200'000;
  std::atomic<std::uint64_t> got{0};
  ScriptedServer server(script([&](ScriptedPeer& peer) {
    std::string all;
    while (!all.ends_with("\r\n0\r\n\r\n")) {
      const auto more = peer.read_some_bytes();
      if (more.empty()) return;
      all += more;
    }
    EXPECT_THAT(all, HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
    EXPECT_THAT(all, testing::Not(HasSubstr("Content-Length")));
    ChunkedDecoder decoder(kSize);
    std::string_view input = std::string_view(all).substr(all.find("\r\n\r\n") + 4);
    ChunkedDecoder::Step step;
    while ((step = decoder.next(input)).kind == ChunkedDecoder::Kind::body) {
      got += step.bytes.size();
    }
    EXPECT_EQ(step.kind, ChunkedDecoder::Kind::finished);
    peer.send(answer("200 OK", "thanks"));
    peer.read_request();
    peer.send(answer("200 OK", "next"));
  }));
  Transport transport(settings_for(server));
  Zeros source(BodySource::kUnknownSize, kSize);
  EXPECT_EQ(transport.exchange(request_of("PUT"), {}, {.source = &source}).body, "thanks");
  EXPECT_EQ(got, kSize);
  EXPECT_EQ(transport.exchange({}).body, "next") << "on the same connection";
}

TEST_P(Body, ThatPausesForTooLongIsATimeout) {
  ScriptedServer server(script([](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(kWithoutLength);
    peer.wait_until_left();
  }));
  Transport transport(settings_for(server));
  const ExchangeLimits limits{.total = std::chrono::hours(10), .idle = 200ms};
  const auto error = error_of([&] { transport.exchange({}, limits); });
  EXPECT_TRUE(error.is_timeout());
  EXPECT_THAT(error.message(), HasSubstr("within 200 ms"));
}

// An endless series of 1xx responses, or a head that comes byte by byte, is no answer.
TEST_P(Body, HasToBeginInTimeHoweverItsHeadComes) {
  for (const char* bytes :
       {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", "HTTP/1.1 200 OK\r\nA: "}) {
    SCOPED_TRACE(bytes);
    ScriptedServer server(script([&](ScriptedPeer& peer) {
      peer.read_request();
      peer.drip(bytes);
    }));
    Transport transport(settings_for(server));
    const ExchangeLimits limits{
        .first_byte = 300ms, .total = std::chrono::hours(10), .idle = std::chrono::hours(1)};
    const auto error = error_of([&] { transport.exchange({}, limits); });
    EXPECT_TRUE(error.is_timeout()) << error.what();
    EXPECT_THAT(error.message(), HasSubstr("within 300 ms"));
  }
}

// A source that has nothing more after its first piece, and waits for it with the connection.
class Pausing final : public BodySource {
 public:
  explicit Pausing(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  std::size_t read(std::span<char> buffer) override {
    EXPECT_FALSE(std::exchange(has_paused_, true)) << "it would block";
    buffer[0] = '0';
    return 1;
  }
  bool wait(int peer) override {
    if (!has_paused_) return true;
    pollfd readable{peer, POLLIN, 0};
    EXPECT_EQ(::poll(&readable, 1, 20'000), 1);
    return false;
  }
  bool rewind() override { return false; }

 private:
  std::uint64_t size_;
  bool has_paused_ = false;
};

// Over TLS the session tickets come first, and make the connection readable too.
TEST_P(Body, ThatPausesIsGivenUpForAnAnswer) {
  for (const auto size : {std::uint64_t{1000}, BodySource::kUnknownSize}) {
    SCOPED_TRACE(size);
    ScriptedServer server(script([](ScriptedPeer& peer) {
      for (std::string all; !all.ends_with("0") && !all.ends_with("0\r\n");) {
        const auto more = peer.read_some_bytes();
        if (more.empty()) return;
        all += more;
      }
      // In one TLS record, more than is looked at at a time.
      peer.send("HTTP/1.1 103 Early Hints\r\nLink: " + std::string(2'000, 'x') + "\r\n\r\n" +
                answer("413 Content Too Large", "big"));
      peer.wait_for_hang_up();
    }));
    Transport transport(settings_for(server));
    Pausing source(size);
    const auto response = transport.exchange(request_of("POST"), {}, {.source = &source});
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(response.body, "big");
  }
}

// It responds, reads no more and keeps the connection open: a client that continues to write blocks
// forever.
TEST_P(Body, IsSentNoFurtherWhereTheServerAnswersBeforeItsEnd) {
  for (const bool in_memory : {false, true}) {
    SCOPED_TRACE(in_memory);
    ScriptedServer server(script([](ScriptedPeer& peer) {
      peer.wait_for_a_byte();
      peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
      peer.wait_for_hang_up();
    }));
    Transport transport(settings_for(server));
    Zeros source(std::uint64_t{1} << 30);
    auto request = request_of("POST");
    if (in_memory) request.body.assign(64 << 20, 'x');
    const BodyStreams streams{.source = in_memory ? nullptr : &source};
    const auto response = transport.exchange(request, {.total = 20s}, streams);
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(response.body, "big");
    EXPECT_LT(source.given(), source.size());
  }
}

TEST_P(Body, EndsTheExchangeWhereItsSourceIsShorterThanItSaid) {
  ScriptedServer server(script([](ScriptedPeer& peer) { peer.wait_until_left(); }));
  Transport transport(settings_for(server));
  Zeros source(1'000'000, 999'999);
  const auto error =
      error_of([&] { transport.exchange(request_of("PUT"), {}, {.source = &source}); });
  EXPECT_EQ(error.layer(), Layer::store);
  EXPECT_THAT(error.message(), HasSubstr("ended after 999999 of its 1000000 bytes"));
}

TEST_P(Body, IsSentAgainOnANewConnectionOnlyWhereItsSourceStartsOver) {
  for (const bool can_rewind : {true, false}) {
    SCOPED_TRACE(can_rewind);
    // Each connection serves one exchange, and is closed without notice when the next arrives.
    ScriptedServer server(script([](ScriptedPeer& peer) {
      peer.read_request();
      peer.send(answer("200 OK", "ok"));
      if (peer.index() == 0) peer.wait_for_a_byte();
    }));
    Transport transport(settings_for(server));
    transport.exchange({});
    Zeros source(10);
    source.can_rewind = can_rewind;
    const BodyStreams streams{.source = &source};
    if (can_rewind) {
      EXPECT_EQ(transport.exchange(request_of("PUT"), {}, streams).body, "ok");
    } else {
      EXPECT_EQ(error_of([&] { transport.exchange(request_of("PUT"), {}, streams); }).layer(),
                Layer::tcp);
    }
    EXPECT_EQ(source.rewinds, 1);
  }
}

}  // namespace
}  // namespace pintle::net
