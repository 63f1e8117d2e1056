// SPDX-License-Identifier: Apache-2.0
//
// The state machine of a live connection, without a connection.

#include <algorithm>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "live/reconnect_state.h"

namespace pintle::live {
namespace {

using Kind = LiveState::Kind;
using std::chrono::milliseconds;

const TimePoint kStart{};
constexpr std::uint64_t kMax = ~std::uint64_t{0};  // Of a random wait.

Error passing() { return Error(Layer::tcp, "nobody there").with_retry(); }
Error final_one() { return Error(Layer::tls, "the certificate is not right"); }
Error dead_session() { return Error(Layer::session, "the session is dead").with_sign_in(); }
WsConnectionEnd end_with(Error why) { return {1006, {}, std::move(why)}; }

LiveOptions usual() {
  LiveOptions options;
  options.initial_backoff_ms = 100;
  options.max_backoff_ms = 1'000;
  options.backoff_reset_after_ms = 10'000;
  return options;
}

ReconnectState ready_life(const LiveOptions& options = usual()) {
  ReconnectState life(options);
  life.dial(true);
  life.ready(kStart, false, {});
  return life;
}

TEST(ReconnectState, GoesFromIdleOverTheProbeToReady) {
  ReconnectState life(usual());
  EXPECT_TRUE(life.is(Kind::idle));
  life.dial(false);
  EXPECT_TRUE(life.is(Kind::probing));
  life.probed();
  EXPECT_TRUE(life.is(Kind::dialling));
  life.ready(kStart, true, "{}");
  EXPECT_TRUE(life.is(Kind::ready));
  EXPECT_TRUE(life.state().reused_connection);
  EXPECT_EQ(life.state().greeting, "{}");
}

TEST(ReconnectState, CountsItsDialsAsGenerations) {
  ReconnectState life(usual());
  for (std::uint64_t i = 1; i <= 3; ++i) {
    life.dial(true);
    EXPECT_EQ(life.generation(), i);
    life.dial_failed(passing(), 0);
    EXPECT_EQ(life.generation(), i) << "what it waits after is still that dial";
  }
}

// The longest wait after each number of failures, over many random draws.
std::vector<std::int64_t> longest_waits(std::size_t failures,
                                        const std::function<void(ReconnectState&)>& then) {
  std::vector<std::int64_t> longest(failures);
  for (std::uint64_t random = 1; random <= 2'000; ++random) {
    ReconnectState life(usual());
    for (auto& max_wait : longest) {
      life.dial(true);
      life.dial_failed(passing(), random * 0x9e3779b97f4a7c15);
      EXPECT_TRUE(life.is(Kind::waiting));
      if (&max_wait == &longest.back()) then(life);
      max_wait = std::max(max_wait, life.state().wait_ms);
    }
  }
  return longest;
}

TEST(ReconnectState, WaitsLongerAfterEachFailureUpToTheCap) {
  const auto longest = longest_waits(6, [](ReconnectState&) {});
  const std::vector<std::int64_t> kWhole = {100, 200, 400, 800, 1'000, 1'000};
  for (std::size_t i = 0; i < kWhole.size(); ++i) {
    EXPECT_LE(longest[i], kWhole[i]);
    EXPECT_GE(longest[i], kWhole[i] * 9 / 10);
  }
}

TEST(ReconnectState, WaitsAsLongAsTheGatewayAsksFor) {
  ReconnectState life(usual());
  life.dial(true);
  life.dial_failed(passing().with_retry_after_ms(7'000), 0);
  EXPECT_EQ(life.state().wait_ms, 7'000);
}

TEST(ReconnectState, BeginsItsWaitsAnewOnlyAfterAConnectionThatLived) {
  for (const bool lived : {false, true}) {
    SCOPED_TRACE(lived);
    std::uint64_t random = 0;
    const auto longest = longest_waits(3, [&](ReconnectState& life) {
      life.dial(true);
      life.ready(kStart, false, {});
      life.lost(end_with(passing()), kStart + milliseconds(lived ? 10'000 : 9'999),
                random += 0x9e3779b97f4a7c15);
    });
    EXPECT_EQ(longest.back() > 400, !lived) << longest.back();
  }
}

TEST(ReconnectState, LatchesWhatTryingAgainWouldNotMend) {
  struct Row {
    Error why;
    Kind then;
  };
  const Row kTable[] = {{passing(), Kind::waiting},
                        {final_one(), Kind::failed},
                        {dead_session(), Kind::needs_sign_in}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.why.what());
    ReconnectState life(usual());
    life.dial(true);
    life.dial_failed(row.why, 0);
    EXPECT_TRUE(life.is(row.then)) << name_of(life.state().kind);
    EXPECT_EQ(life.is_latched(), row.then != Kind::waiting);
    EXPECT_EQ(life.state().why->message(), row.why.message());
    EXPECT_TRUE(life.should_dial_now()) << "when the app says so";
    EXPECT_EQ(life.should_dial_with_new_credential(), row.then != Kind::failed);
  }
}

// A message above the limit is received again at every dial; an ended credential may have been
// renewed.
TEST(ReconnectState, DialsOnceMoreAfterALossThatLooksHopelessAndLatchesTheSecond) {
  struct Row {
    Error why;
    Kind then;
  };
  const Row kTable[] = {
      {Error(Layer::websocket, "too big"), Kind::failed},
      {Error(Layer::gate, "the credential ended").with_sign_in(), Kind::needs_sign_in}};
  for (const auto& row : kTable) {
    SCOPED_TRACE(row.why.what());
    auto life = ready_life();
    life.lost(end_with(row.why), kStart, 0);
    EXPECT_TRUE(life.is(Kind::waiting));
    life.dial(true);
    life.ready(kStart, false, {});
    life.lost(end_with(row.why), kStart, 0);
    EXPECT_TRUE(life.is(row.then)) << name_of(life.state().kind);
  }
}

TEST(ReconnectState, DoesNotCountHopelessLossesOverAStableTime) {
  auto life = ready_life();
  const Error why(Layer::websocket, "too big");
  for (int i = 0; i < 5; ++i) {
    life.lost(end_with(why), kStart + milliseconds(10'000), 0);
    EXPECT_TRUE(life.is(Kind::waiting)) << i;
    life.dial(true);
    life.ready(kStart, false, {});
  }
}

TEST(ReconnectState, EndsWithTheFirstFailureWhereItIsNotToComeBack) {
  auto options = usual();
  options.reconnect = false;
  ReconnectState failed(options);
  failed.dial(true);
  failed.dial_failed(passing(), 0);
  EXPECT_TRUE(failed.is(Kind::closed));
  EXPECT_TRUE(failed.state().why.has_value());
  auto lost = ready_life(options);
  lost.lost({1012, "restart", passing()}, kStart, 0);
  EXPECT_TRUE(lost.is(Kind::closed));
  EXPECT_EQ(lost.state().close_code, 1012);
  EXPECT_EQ(lost.state().close_reason, "restart");
}

TEST(ReconnectState, TellsNothingOfTheLastStateInTheNext) {
  auto life = ready_life();
  life.lost({1011, "oops", passing()}, kStart, 0);
  life.dial(true);
  EXPECT_FALSE(life.state().why.has_value());
  EXPECT_EQ(life.state().close_code, 0);
  EXPECT_EQ(life.state().wait_ms, 0);
}

}  // namespace
}  // namespace pintle::live
