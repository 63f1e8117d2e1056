// SPDX-License-Identifier: Apache-2.0
//
// Kept connections: when one is kept, and what is repeated if it died.

#include <chrono>
#include <future>
#include <string>
#include <utility>

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
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(Transport, KeepsAConnectionForTheNextExchange) {
  ScriptedServer server(always(answer("200 OK", "x")));
  Transport transport(settings_for(server));
  for (int i = 0; i < 5; ++i) transport.exchange(get());
  EXPECT_EQ(server.connections(), 1);
}

TEST(Transport, DoesNotKeepAConnectionPastItsIdleTime) {
  ScriptedServer server(always(answer("200 OK", "x")));
  auto settings = settings_for(server);
  settings.keep_idle = -1ms;
  Transport transport(std::move(settings));
  transport.exchange(get());
  transport.exchange(get());
  EXPECT_EQ(server.connections(), 2);
}

TEST(Transport, DoesNotKeepAConnectionThatIsNotClean) {
  for (const std::string& bytes :
       {answer("200 OK", "x", "Connection: close\r\n"), answer("200 OK", "x") + "more"}) {
    SCOPED_TRACE(bytes);
    ScriptedServer server(always(bytes));
    Transport transport(settings_for(server));
    transport.exchange(get());
    EXPECT_EQ(transport.exchange(get()).body, "x");
    EXPECT_EQ(server.connections(), 2);
  }
}

/// The first connection answers one request, reads the next, and closes without a response.
ScriptedServer::Script dies_after_one() {
  return [](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(answer("200 OK", "x"));
    while (!peer.read_request().empty() && peer.index() > 0) peer.send(answer("200 OK", "x"));
  };
}

TEST(Transport, RepeatsAGetOnceWhereAKeptConnectionDied) {
  ScriptedServer server(dies_after_one());
  Transport transport(settings_for(server));
  transport.exchange(get("/one"));
  EXPECT_EQ(transport.exchange(get("/two")).status, 200);
  EXPECT_EQ(server.connections(), 2);
  EXPECT_THAT(server.requests(), SizeIs(3));
  EXPECT_THAT(server.requests().at(2), StartsWith("GET /two"));
}

TEST(Transport, DoesNotRepeatAPostThatMayHaveArrived) {
  ScriptedServer server(dies_after_one());
  Transport transport(settings_for(server));
  transport.exchange(get());
  const auto e = error_of([&] { return transport.exchange(post("{}")); });
  EXPECT_EQ(e.layer(), Layer::tcp);
  EXPECT_THAT(e.what(), HasSubstr("may have processed the request"));
  EXPECT_THAT(server.requests(), SizeIs(2));
  EXPECT_EQ(server.connections(), 1);
}

TEST(Transport, RepeatsAPostThatItsCallerAllowsToBeRepeated) {
  ScriptedServer server(dies_after_one());
  Transport transport(settings_for(server));
  transport.exchange(get());
  ExchangeLimits limits;
  limits.may_repeat = true;
  EXPECT_EQ(transport.exchange(post("{}"), limits).status, 200);
  EXPECT_EQ(server.connections(), 2);
}

TEST(Transport, RepeatsOnceOnly) {
  ScriptedServer server([](ScriptedPeer& peer) {
    peer.read_request();
    if (peer.index() > 0) return;
    peer.send(answer("200 OK", "x"));
    peer.read_request();
  });
  Transport transport(settings_for(server));
  transport.exchange(get());
  EXPECT_EQ(error_of([&] { return transport.exchange(get()); }).layer(), Layer::tcp);
  EXPECT_EQ(server.connections(), 2);
}

TEST(Transport, DoesNotRepeatOnceAnyByteOfTheAnswerCame) {
  ScriptedServer server([](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(answer("200 OK", "x"));
    peer.read_request();
    peer.send("H");
  });
  Transport transport(settings_for(server));
  transport.exchange(get());
  EXPECT_EQ(error_of([&] { return transport.exchange(get()); }).layer(), Layer::tcp);
  EXPECT_EQ(server.connections(), 1);
}

TEST(Transport, NoticesADeadConnectionBeforeAPostGoesOut) {
  // As a server sends to an idle connection before it closes it, too.
  for (const std::string last_words :
       {"", "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"}) {
    SCOPED_TRACE(last_words);
    std::promise<void> go;
    ScriptedServer server([&](ScriptedPeer& peer) {
      peer.read_request();
      peer.send(answer("200 OK", "x"));
      if (peer.index() > 0) return;
      go.get_future().wait();
      peer.send(last_words);
    });
    Transport transport(settings_for(server));
    transport.exchange(get());
    go.set_value();
    server.wait_until_none_is_open();
    EXPECT_EQ(transport.exchange(post("{}")).status, 200);
    EXPECT_EQ(server.connections(), 2);
  }
}

}  // namespace
}  // namespace pintle::net
