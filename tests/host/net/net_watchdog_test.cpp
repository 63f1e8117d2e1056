// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "net/watchdog.h"

namespace pintle::net {
namespace {

using namespace std::chrono_literals;

/// Two ends of a connection.
struct Pair {
  Pair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0); }
  ~Pair() {
    for (const int end : ends) ::close(end);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  /// Blocks until this end is closed.
  bool ends_now() const {
    char byte;
    return ::recv(ends[0], &byte, 1, 0) == 0;
  }
  bool is_open() const {
    pollfd readable{ends[0], POLLIN, 0};
    return ::poll(&readable, 1, 0) == 0;
  }

  std::array<int, 2> ends{};
};

TEST(Watch, EndsABlockedReadAtItsDeadline) {
  const Pair pair;
  Watch watch(Watchdog::shared());
  const Attached attached(watch, pair.ends[0]);
  const auto due = Clock::now() + 20ms;
  watch.set_deadline(due);
  EXPECT_TRUE(pair.ends_now());
  EXPECT_GE(Clock::now(), due);
  EXPECT_EQ(watch.cause(), Watch::Cause::deadline);
  EXPECT_FALSE(watch.lift());
}

TEST(Watch, IsCancelledFromAnotherThread) {
  const Pair pair;
  Watch watch(Watchdog::shared());
  const Attached attached(watch, pair.ends[0]);
  watch.set_deadline(Clock::now() + 1h);
  std::thread other([&] { watch.cancel(); });
  EXPECT_TRUE(pair.ends_now());
  other.join();
  EXPECT_EQ(watch.cause(), Watch::Cause::cancelled);
}

TEST(Watch, TakesADeadlineThatMovesBothWays) {
  const Pair pair;
  const Pair sentinel;
  const auto watchdog = Watchdog::shared();
  Watch watch(watchdog);
  Watch later(watchdog);
  const Attached attached(watch, pair.ends[0]);
  const Attached also_attached(later, sentinel.ends[0]);
  watch.set_deadline(Clock::now() + 1h);
  watch.set_deadline(Clock::now() + 10ms);
  watch.set_deadline(Clock::now() + 1h);
  // When this one has fired, the deadline of 10 ms has passed and was extended.
  later.set_deadline(Clock::now() + 30ms);
  EXPECT_TRUE(sentinel.ends_now());
  EXPECT_TRUE(pair.is_open());
  watch.set_deadline(Clock::now());
  EXPECT_TRUE(pair.ends_now());
}

TEST(Watch, LeavesASocketAloneOnceDetachedOrLifted) {
  const Pair detached;
  const Pair lifted;
  const Pair gone;
  const Pair sentinel;
  const auto watchdog = Watchdog::shared();
  Watch first(watchdog);
  Watch second(watchdog);
  Watch last(watchdog);
  const auto due = Clock::now() + 10ms;
  first.attach(detached.ends[0]);
  first.set_deadline(due);
  first.detach();
  second.attach(lifted.ends[0]);
  second.set_deadline(due);
  EXPECT_TRUE(second.lift());
  {
    Watch third(watchdog);
    third.attach(gone.ends[0]);
    third.set_deadline(due);
  }
  last.attach(sentinel.ends[0]);
  last.set_deadline(due + 10ms);
  EXPECT_TRUE(sentinel.ends_now());
  EXPECT_TRUE(detached.is_open());
  EXPECT_TRUE(lifted.is_open());
  EXPECT_TRUE(gone.is_open());
  last.detach();
  second.detach();
}

TEST(Watch, EndsASocketThatComesAfterItHasFired) {
  const Pair pair;
  Watch watch(Watchdog::shared());
  watch.cancel();
  watch.attach(pair.ends[0]);
  EXPECT_TRUE(pair.ends_now());
  watch.detach();
}

TEST(Watch, ServesManyThreadsAtOnce) {
  const auto watchdog = Watchdog::shared();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const Pair pair;
        Watch watch(watchdog);
        const Attached attached(watch, pair.ends[0]);
        watch.set_deadline(Clock::now() + (i % 3 == t % 3 ? 0ms : 1h));
        if (i % 3 != t % 3) watch.cancel();
        EXPECT_TRUE(pair.ends_now());
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace pintle::net
