// SPDX-License-Identifier: Apache-2.0
//
// Live connections to a gateway that requires a sign-in.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live_fixture.h"
#include "support/error_of.h"

namespace pintle::test {
namespace {

using Kind = LiveState::Kind;

TEST(LiveSessions, UseAFreshTicketForEveryDial) {
  PracticeHost host;
  host.sign_in();
  auto connection = host.connect();
  LiveOptions options;
  options.initial_backoff_ms = options.max_backoff_ms = 1;
  auto live = connection.live(options);
  for (std::uint64_t n = 1; n <= 20; ++n) {
    while (true) {
      const auto event = live.next(kLongMs);
      ASSERT_TRUE(event);
      if (event->kind != LiveEvent::Kind::state || event->state->kind != Kind::ready) continue;
      EXPECT_TRUE(event->state->reused_connection) << "mint and upgrade on one TCP connection";
      break;
    }
    EXPECT_EQ(host.counters().tickets_used, n);
    host.gateway.drop_connections();
  }
}

TEST(LiveSessions, LatchWhereTheSessionIsDeadUntilSomebodySignsIn) {
  PracticeHost host;
  host.sign_in();
  auto connection = host.connect();
  LiveOptions options;
  options.initial_backoff_ms = options.max_backoff_ms = 1;
  auto live = connection.live(options);
  live.wait_until_ready(kLongMs);
  host.gateway.end_sessions();
  host.gateway.drop_connections();
  const auto why = error_if_any([&] {
    while (true) {
      live.wait_until_ready(kLongMs);
      live.next(10);
    }
  });
  ASSERT_TRUE(why);
  EXPECT_TRUE(why->needs_sign_in()) << why->what();
  EXPECT_EQ(live.state().kind, Kind::needs_sign_in)
      << (live.state().why ? live.state().why->what() : "");
  const auto sent = host.gateway.request_log().requests().size();
  EXPECT_TRUE(error_if_any([&] { live.request("echo"); })->needs_sign_in());
  EXPECT_EQ(host.gateway.request_log().requests().size(), sent)
      << "no retry against a dead session";
  // In another process, as far as this connection can tell.
  host.sign_in();
  while (true) {
    const auto event = live.next(kLongMs);
    ASSERT_TRUE(event);
    if (event->kind == LiveEvent::Kind::state && event->state->kind == Kind::ready) {
      if (event->state->generation > 1) break;
    }
  }
  EXPECT_EQ(live.rpc("echo", "{}"), "{}");
}

}  // namespace
}  // namespace pintle::test
