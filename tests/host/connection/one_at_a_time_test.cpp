// Turns: one at a time, cancellable, bounded.

#include "base/one_at_a_time.h"

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

TEST(OneAtATime, LetsOneInAtATime) {
  OneAtATime one("a test");
  int inside = 0;  // the sanitizers see it too where two are
  int most = 0;
  int rounds = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 250; ++round) {
        const auto mine = one.take({}, kForEver);
        most = std::max(most, ++inside);
        ++rounds;
        --inside;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(rounds, 1000);
}

TEST(OneAtATime, TellsWhatIsUnderWayAndThatItCanBeTriedAgain) {
  OneAtATime one("a sign-in");
  const auto mine = one.take({}, 0);
  for (const std::int64_t most_ms : {-5, 0, 5}) {
    const auto error = error_of([&] { one.take({}, most_ms); });
    EXPECT_THAT(error.happened(), testing::HasSubstr("a sign-in of this connection is under way"));
    EXPECT_TRUE(error.can_retry());
    EXPECT_FALSE(error.needs_sign_in());
  }
}

TEST(OneAtATime, LetsWhoWaitsBeCancelled) {
  OneAtATime one("a test");
  auto mine = one.take({}, 0);
  std::stop_source stop;
  const std::jthread other([&] { stop.request_stop(); });
  EXPECT_EQ(error_of([&] { one.take(stop.get_token(), kForEver); }).happened(), "it was cancelled");
  mine.reset();
  EXPECT_TRUE(one.take({}, 0)) << "who gave up took nothing";
}

}  // namespace
}  // namespace pintle::test
