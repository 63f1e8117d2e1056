// SPDX-License-Identifier: Apache-2.0
//
// Locking: one at a time, cancellable, bounded.

#include "base/cancellable_mutex.h"

#include <atomic>
#include <limits>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.h"

namespace pintle::test {
namespace {

constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();

TEST(CancellableMutex, LetsOneInAtATime) {
  CancellableMutex one("a test");
  int inside = 0;  // If two are inside, the sanitizers report it too.
  int max_inside = 0;
  int rounds = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 250; ++round) {
        const auto mine = one.take({}, kForEver);
        max_inside = std::max(max_inside, ++inside);
        ++rounds;
        --inside;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(max_inside, 1);
  EXPECT_EQ(rounds, 1000);
}

TEST(CancellableMutex, TellsWhatIsUnderWayAndThatItCanBeTriedAgain) {
  CancellableMutex one("a sign-in");
  const auto mine = one.take({}, 0);
  for (const std::int64_t timeout_ms : {-5, 0, 5}) {
    const auto error = error_of([&] { one.take({}, timeout_ms); });
    EXPECT_THAT(error.message(), testing::HasSubstr("a sign-in is in progress on this connection"));
    EXPECT_TRUE(error.can_retry());
    EXPECT_FALSE(error.needs_sign_in());
  }
}

TEST(CancellableMutex, LetsWhoWaitsBeCancelled) {
  CancellableMutex one("a test");
  auto mine = one.take({}, 0);
  std::stop_source stop;
  const std::jthread other([&] { stop.request_stop(); });
  EXPECT_EQ(error_of([&] { one.take(stop.get_token(), kForEver); }).message(),
            "the operation was cancelled");
  mine.reset();
  EXPECT_TRUE(one.take({}, 0)) << "who gave up took nothing";
}

}  // namespace
}  // namespace pintle::test
