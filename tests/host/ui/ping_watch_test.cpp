// SPDX-License-Identifier: Apache-2.0
#include "ui/ping_watch.h"

#include <gtest/gtest.h>

namespace pintle::ui {
namespace {

using std::chrono::seconds;

class PingWatchTest : public testing::Test {
 protected:
  PingWatchTest() { watch_.connected(now_); }

  PingWatch::Time now_{seconds(1'000)};
  PingWatch watch_;
};

TEST_F(PingWatchTest, OnePingIsOnItsWayAtATime) {
  EXPECT_TRUE(watch_.is_due(now_));
  const auto ping = watch_.sent(now_);
  now_ += seconds(10);
  EXPECT_FALSE(watch_.is_due(now_));
  watch_.answered(ping, now_);
  EXPECT_TRUE(watch_.is_due(now_));
  watch_.sent(now_);
  EXPECT_FALSE(watch_.is_due(now_));
}

TEST_F(PingWatchTest, AnAnsweredPingIsFollowedByAPause) {
  watch_.answered(watch_.sent(now_), now_);
  EXPECT_FALSE(watch_.is_due(now_));
  EXPECT_EQ(watch_.next(now_), now_ + PingWatch::kBetweenPings);
  now_ += PingWatch::kBetweenPings;
  EXPECT_TRUE(watch_.is_due(now_));
}

TEST_F(PingWatchTest, AGatewayThatAnswersNothingIsNotResponding) {
  watch_.sent(now_);
  now_ += PingWatch::kLate - std::chrono::milliseconds(1);
  EXPECT_FALSE(watch_.silence(now_));
  now_ += std::chrono::milliseconds(1);
  EXPECT_EQ(watch_.silence(now_), PingWatch::kLate);
  now_ += seconds(7);
  EXPECT_EQ(watch_.silence(now_), seconds(12));
}

TEST_F(PingWatchTest, TheSilenceGoesOnWhenThePingsTimeIsUp) {
  watch_.lost(watch_.sent(now_));
  now_ += seconds(30);
  EXPECT_TRUE(watch_.is_due(now_));
  const auto second = watch_.sent(now_);
  EXPECT_EQ(watch_.silence(now_), seconds(30));
  watch_.answered(second, now_);
  EXPECT_FALSE(watch_.silence(now_));
}

TEST_F(PingWatchTest, AnyOtherMessageShowsThatItIsThere) {
  watch_.sent(now_);
  now_ += seconds(20);
  watch_.received(now_);
  EXPECT_FALSE(watch_.silence(now_));
  now_ += PingWatch::kLate;
  EXPECT_EQ(watch_.silence(now_), PingWatch::kLate);
}

TEST_F(PingWatchTest, AQuietGatewayWithoutAPingIsNoSilentOne) {
  watch_.answered(watch_.sent(now_), now_);
  now_ += seconds(60);
  EXPECT_FALSE(watch_.silence(now_));
}

TEST_F(PingWatchTest, ALostConnectionIsNotSilent) {
  watch_.sent(now_);
  now_ += seconds(20);
  watch_.disconnected();
  EXPECT_FALSE(watch_.silence(now_));
  EXPECT_FALSE(watch_.is_due(now_));
}

TEST_F(PingWatchTest, TheOutcomeOfAnEarlierConnectionsPingChangesNothing) {
  const auto old = watch_.sent(now_);
  watch_.connected(now_);
  watch_.sent(now_);
  watch_.lost(old);
  EXPECT_FALSE(watch_.is_due(now_ + seconds(3)));
  watch_.answered(old, now_ + seconds(3));
  EXPECT_TRUE(watch_.silence(now_ + seconds(10)));
}

}  // namespace
}  // namespace pintle::ui
