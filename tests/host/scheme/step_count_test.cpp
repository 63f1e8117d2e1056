// SPDX-License-Identifier: Apache-2.0
#include "scheme/step_count.h"

#include <gtest/gtest.h>

namespace pintle {
namespace {

pintle_step step_of(std::uint32_t need, std::int64_t wait_ms = 0) {
  pintle_step step{};
  step.need = need;
  step.wait_ms = wait_ms;
  return step;
}

TEST(StepCount, LetsTheDeviceFlowPollForTenMinutes) {
  StepCount count;
  std::int64_t left_ms = 600'000;
  ASSERT_TRUE(count.allows(step_of(PINTLE_NEED_HTTP), left_ms));
  for (int polls = 0; polls < 120; ++polls) {
    ASSERT_TRUE(count.allows(step_of(PINTLE_NEED_WAIT, 5'000), left_ms)) << polls;
    left_ms -= 5'000;
    ASSERT_TRUE(count.allows(step_of(PINTLE_NEED_HTTP), left_ms)) << polls;
  }
  EXPECT_TRUE(count.allows(step_of(PINTLE_NEED_DONE), left_ms));
}

// The number of steps until an operation that repeats these two is stopped.
int steps_of(const pintle_step& first, const pintle_step& second, std::int64_t left_ms) {
  StepCount count;
  for (int steps = 1; steps < 10'000; ++steps) {
    if (!count.allows(steps % 2 == 1 ? first : second, left_ms)) return steps;
  }
  return -1;
}

TEST(StepCount, StopsASchemeThatLoops) {
  const auto http = step_of(PINTLE_NEED_HTTP);
  EXPECT_EQ(steps_of(http, http, 600'000), 65);
  EXPECT_EQ(steps_of(step_of(PINTLE_NEED_WAIT, 999), http, 600'000), 65) << "short waits";
  EXPECT_EQ(steps_of(step_of(PINTLE_NEED_WAIT, 5'000), http, 4'999), 65) << "waits that fail";
  EXPECT_GT(steps_of(step_of(PINTLE_NEED_RECEIVE), http, 0), 0);
}

TEST(StepCount, CountsAllButTheFirstStepAfterAWait) {
  StepCount count;
  const auto wait = step_of(PINTLE_NEED_WAIT, 1'000);
  const auto http = step_of(PINTLE_NEED_HTTP);
  int rounds = 0;
  while (count.allows(wait, 600'000) && count.allows(http, 600'000) &&
         count.allows(http, 600'000)) {
    ++rounds;
  }
  EXPECT_EQ(rounds, StepCount::kMax);
}

}  // namespace
}  // namespace pintle
