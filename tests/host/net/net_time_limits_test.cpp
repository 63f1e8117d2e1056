// SPDX-License-Identifier: Apache-2.0
//
// An exchange ends at its time limits and at its cancel.

#include <chrono>
#include <future>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "net_transport_fixture.h"
#include "support/error_of.h"

namespace pintle::net {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::error_of;
using test::ScriptedPeer;
using test::ScriptedServer;
using ::testing::HasSubstr;

TEST(Transport, EndsAWaitForAServerThatSaysNothing) {
  ScriptedServer server([](ScriptedPeer& peer) { peer.wait_until_left(); });
  Transport transport(settings_for(server));
  ExchangeLimits limits;
  limits.first_byte = 40ms;
  const auto e = error_of([&] { return transport.exchange(get("/api/status"), limits); });
  EXPECT_EQ(e.layer(), Layer::tcp);
  EXPECT_THAT(e.what(), HasSubstr("sent no answer to GET /api/status within 40 ms"));
  EXPECT_TRUE(e.can_retry());
  EXPECT_FALSE(e.needs_sign_in());
}

TEST(Transport, EndsADripOfOneByteAtATime) {
  const struct {
    std::string before;
    std::string drip;
    std::string expected;
  } cases[] = {
      {"HTTP/1.1 200 OK\r\n", "X: y\r\n", "only part of its answer's head"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "b", "only part of its answer to"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nb\r\n",
       "only part of its answer to"},
      {"", "HTTP/1.1 100 Continue\r\n\r\n", "within 150 ms"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.drip);
    ScriptedServer server([&](ScriptedPeer& peer) {
      peer.read_request();
      peer.send(one.before);
      peer.drip(one.drip);
    });
    Transport transport(settings_for(server));
    ExchangeLimits limits;
    limits.total = 150ms;
    limits.head_fields = 1'000'000;
    limits.head_bytes = 1'000'000;
    const auto e = error_of([&] { return transport.exchange(get(), limits); });
    EXPECT_EQ(e.layer(), Layer::tcp);
    EXPECT_THAT(e.what(), HasSubstr(one.expected));
    EXPECT_THAT(e.what(), HasSubstr("within 150 ms"));
  }
}

TEST(Transport, IsCancelledFromAnotherThread) {
  std::promise<void> asked;
  ScriptedServer server([&](ScriptedPeer& peer) {
    peer.read_request();
    asked.set_value();
    peer.wait_until_left();
  });
  Transport transport(settings_for(server));
  CancelSource source;
  std::thread canceller([&] {
    asked.get_future().wait();
    source.request_stop();
  });
  ExchangeLimits limits;
  limits.cancel = source.get_token();
  const auto e = error_of([&] { return transport.exchange(get("/api/slow"), limits); });
  canceller.join();
  EXPECT_EQ(e.layer(), Layer::tcp);
  EXPECT_THAT(e.what(), HasSubstr("GET /api/slow"));
  EXPECT_THAT(e.what(), HasSubstr("was cancelled"));
  EXPECT_FALSE(e.can_retry());
  EXPECT_EQ(error_of([&] { return transport.exchange(get(), limits); }).layer(), Layer::tcp);
  EXPECT_EQ(server.connections(), 1);
}

}  // namespace
}  // namespace pintle::net
