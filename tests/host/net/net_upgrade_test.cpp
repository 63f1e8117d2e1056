// SPDX-License-Identifier: Apache-2.0
//
// Upgrades to a WebSocket.

#include <future>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pintle/core/base/error.h>

#include "net_transport_fixture.h"
#include "support/error_of.h"

namespace pintle::net {
namespace {

using test::answer;
using test::ScriptedPeer;
using test::ScriptedServer;
using ::testing::HasSubstr;

TEST(Transport, UpgradesOnTheConnectionOfTheExchangeBefore) {
  ScriptedServer server([](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(answer("200 OK", "{\"ticket\":\"t\"}"));
    peer.read_request();
    peer.send(std::string(kSwitch) + "first frame");
    peer.send(peer.read_request());
  });
  Transport transport(settings_for(server));
  transport.exchange(post(""));
  auto upgraded = transport.upgrade(upgrade_request());
  EXPECT_EQ(upgraded.response.status, 101);
  EXPECT_TRUE(upgraded.reused);
  EXPECT_EQ(server.connections(), 1);
  ASSERT_TRUE(upgraded.stream.has_value());
  // One segment carries the head and the frame, or two do: nothing may be lost either way.
  std::string frame = upgraded.early;
  char byte = 0;
  while (frame.size() < 11 && upgraded.stream->read(&byte, 1).size == 1) frame += byte;
  EXPECT_EQ(frame, "first frame");
  upgraded.stream->write_all("echo\r\n\r\n");
  std::string echo;
  while (upgraded.stream->read(&byte, 1).state == Stream::State::done) echo += byte;
  EXPECT_EQ(echo, "echo\r\n\r\n");
  EXPECT_THAT(server.requests().at(1), HasSubstr("Connection: Upgrade\r\n"));
  EXPECT_THAT(server.requests().at(1), HasSubstr("Upgrade: websocket\r\n"));
}

TEST(Transport, UpgradesOnANewConnectionWhereTheOldOneEndsInstead) {
  ScriptedServer server([](ScriptedPeer& peer) {
    if (peer.index() == 0) {
      peer.read_request();
      peer.send(answer("200 OK", "x"));
    }
    peer.read_request();
    if (peer.index() > 0) peer.send(kSwitch);
  });
  Transport transport(settings_for(server));
  transport.exchange(get());
  const auto upgraded = transport.upgrade(upgrade_request());
  EXPECT_EQ(upgraded.response.status, 101);
  EXPECT_FALSE(upgraded.reused);
  EXPECT_EQ(server.connections(), 2);
}

TEST(Transport, HandsARefusedUpgradeToItsCaller) {
  ScriptedServer server(always(answer("403 Forbidden", "no")));
  Transport transport(settings_for(server));
  const auto upgraded = transport.upgrade(upgrade_request());
  EXPECT_EQ(upgraded.response.status, 403);
  EXPECT_EQ(upgraded.response.body, "no");
  EXPECT_FALSE(upgraded.stream.has_value());
  transport.exchange(get());
  EXPECT_EQ(server.connections(), 1);
}

TEST(Transport, ReadsAnUpgradedStreamWithoutBlocking) {
  std::promise<void> go;
  ScriptedServer server([&](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(kSwitch);
    go.get_future().wait();
    peer.send("late");
  });
  Transport transport(settings_for(server));
  auto upgraded = transport.upgrade(upgrade_request());
  ASSERT_TRUE(upgraded.stream.has_value());
  upgraded.stream->set_blocking(false);
  char buffer[16];
  EXPECT_EQ(upgraded.stream->read(buffer, sizeof buffer).state, Stream::State::want_read);
  go.set_value();
  pollfd readable{upgraded.stream->fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&readable, 1, 10'000), 1);
  const auto result = upgraded.stream->read(buffer, sizeof buffer);
  EXPECT_EQ(std::string(buffer, result.size), "late");
}

}  // namespace
}  // namespace pintle::net
