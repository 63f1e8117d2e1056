// SPDX-License-Identifier: Apache-2.0
//
// The I/O thread by itself.

#include <algorithm>
#include <atomic>
#include <future>
#include <sys/eventfd.h>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/loop.h"
#include "io/pool.h"
#include "live/loop_resources.h"

namespace pintle::live {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// Runs `body` on the loop's thread and waits for it.
template <class Body>
void on(Loop& loop, Body body) {
  std::promise<void> done;
  loop.post([&] {
    body();
    done.set_value();
  });
  done.get_future().get();
}

TEST(Loop, RunsWhatIsPostedInItsOrderOnItsThread) {
  Loop loop;
  std::vector<int> seen;
  for (int i = 0; i < 100; ++i) {
    loop.post([&, i] {
      EXPECT_TRUE(loop.is_this_thread());
      seen.push_back(i);
    });
  }
  on(loop, [&] { loop.post([&] { seen.push_back(100); }); });
  on(loop, [] {});
  ASSERT_EQ(seen.size(), 101u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_FALSE(loop.is_this_thread());
}

TEST(Loop, CallsTimersInTheOrderOfTheirTimesAndNotThoseThatWereUnset) {
  Loop loop;
  std::vector<char> seen;
  std::promise<void> last;
  std::unique_ptr<Timer> a, b, c;
  on(loop, [&] {
    a = std::make_unique<Timer>(loop, [&] { seen.push_back('a'); });
    b = std::make_unique<Timer>(loop, [&] { seen.push_back('b'); });
    c = std::make_unique<Timer>(loop, [&] {
      seen.push_back('c');
      last.set_value();
    });
    const auto now = Clock::now();
    c->set(now + 3ms);
    b->set(now + 2ms);
    a->set(now + 1ms);
    b->unset();
  });
  last.get_future().get();
  on(loop, [&] {
    a.reset();
    b.reset();
    c.reset();
  });
  EXPECT_THAT(seen, ElementsAre('a', 'c'));
}

struct Watching final : Loop::Watcher {
  void on_ready(Events) override {
    if (when_ready) when_ready();
  }
  void on_round_end() override { ++round_ends; }
  std::function<void()> when_ready;
  int round_ends = 0;
};

TEST(Loop, CallsNobodyWhoStoppedWatchingInTheSameRound) {
  Loop loop;
  const int first = ::eventfd(1, EFD_NONBLOCK);
  const int second = ::eventfd(1, EFD_NONBLOCK);
  Watching a, b;
  int calls = 0;
  std::promise<void> called;
  // The first to be called removes both.
  a.when_ready = b.when_ready = [&] {
    loop.unwatch(first, a);
    loop.unwatch(second, b);
    if (++calls == 1) called.set_value();
  };
  on(loop, [&] {
    loop.watch(first, kReadable, a);
    loop.watch(second, kReadable, b);
  });
  called.get_future().get();
  on(loop, [] {});
  EXPECT_EQ(calls, 1);
  ::close(first);
  ::close(second);
}

struct Sleeping final : Loop::Sleeper {
  void on_slept() override { slept.set_value(); }
  std::promise<void> slept;
};

TEST(Loop, TellsThatTheMachineSlept) {
  std::atomic<std::int64_t> asleep{1'000};
  Loop loop([&] { return asleep.load(); });
  Sleeping sleeper;
  on(loop, [&] { loop.add(sleeper); });
  asleep += 500;  // The time between reading the two clocks is not a sleep.
  on(loop, [] {});
  asleep += 60'000;
  auto slept = sleeper.slept.get_future();
  while (slept.wait_for(10ms) != std::future_status::ready) on(loop, [] {});
  on(loop, [&] { loop.remove(sleeper); });
}

TEST(Loop, GivesMaskKeysThatDoNotRepeat) {
  LoopResources resources;
  Loop& loop = resources.loop();
  std::set<ws::MaskKey> keys;
  on(loop, [&] {
    for (int i = 0; i < 2'000; ++i) keys.insert(resources.new_mask_key());
  });
  EXPECT_GE(keys.size(), 1'999u);
}

TEST(Pool, RunsNoMoreAtOnceThanItMayAndAllInTheEnd) {
  std::atomic<int> running{0};
  std::atomic<int> max_running{0};
  std::atomic<int> done{0};
  std::promise<void> all;
  {
    Pool pool(3);
    for (int i = 0; i < 50; ++i) {
      pool.run([&] {
        EXPECT_TRUE(Pool::is_worker());
        const int now = ++running;
        for (int seen = max_running; now > seen && !max_running.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::yield();
        --running;
        if (++done == 50) all.set_value();
      });
    }
    all.get_future().get();
  }
  EXPECT_LE(max_running, 3);
  EXPECT_FALSE(Pool::is_worker());
}

}  // namespace
}  // namespace pintle::live
