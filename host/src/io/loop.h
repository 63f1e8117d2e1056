// SPDX-License-Identifier: Apache-2.0
//
// The I/O thread that all live connections of a host share. Waits for sockets, timers and posted
// tasks.
//
// Threads: `post` and `is_this_thread` from any; everything else on the loop's own thread.

#pragma once

#include <atomic>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <thread>
#include <vector>

#include <pintle/files/unique_fd.h>

#include "base/adaptive_spin.h"
#include "base/mutex.h"
#include "base/wakeup.h"
#include "io/readiness.h"
#include "io/sleep_clock.h"
#include "io/sleep_detector.h"
#include "io/task.h"

namespace pintle::live {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

inline constexpr TimePoint kNever = TimePoint::max();

/// Limits a duration, so that a very large one does not overflow into the past.
constexpr std::chrono::milliseconds at_most_a_year(std::int64_t milliseconds) noexcept {
  constexpr std::int64_t kYear = std::int64_t{1000} * 60 * 60 * 24 * 365;
  return std::chrono::milliseconds(milliseconds < 0       ? 0
                                   : milliseconds > kYear ? kYear
                                                          : milliseconds);
}

class Loop;

/// Calls `on_due` once when it is due. Belongs to the loop's thread.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> on_due) : loop_(loop), on_due_(std::move(on_due)) {}
  ~Timer() { unset(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Replaces the time. `kNever` unsets the timer.
  void set(TimePoint due);
  void unset() noexcept;

 private:
  friend class Loop;

  Loop& loop_;
  std::function<void()> on_due_;
  TimePoint due_ = kNever;
};

class Loop {
 public:
  /// Receives the events of a descriptor.
  class Watcher {
   public:
    virtual void on_ready(Events events) = 0;
    virtual void on_round_end() = 0;

   protected:
    ~Watcher() = default;
  };
  /// Receives a call after the machine slept or its clock was set.
  class Sleeper {
   public:
    virtual void on_slept() = 0;

   protected:
    ~Sleeper() = default;
  };

  using AsleepClock = SleepDetector::AsleepClock;

  /// Starts the thread. Throws Error(config) if it cannot create descriptors.
  explicit Loop(AsleepClock asleep_ms = system_asleep_ms);
  /// Ends the thread and drops pending tasks. Must not run on the loop's thread.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs the task soon on the loop's thread, in the order of the calls.
  void post(Task task);
  bool is_this_thread() const noexcept;
  /// Aborts a debug build if this is not the loop's thread: for functions that only it may call.
  void assert_this_thread() const noexcept { assert(is_this_thread()); }

  /// Returns the time when this round began.
  TimePoint now() const noexcept { return now_; }

  /// Watches a descriptor. `events`: kReadable, kWritable, both, or 0. Level-triggered.
  void watch(int fd, Events events, Watcher& watcher);
  void rewatch(int fd, Events events, Watcher& watcher);
  void unwatch(int fd, Watcher& watcher) noexcept;
  /// Calls `on_ready(kReadable)` again after the other watchers: for one that stopped reading
  /// before the end of its input.
  void requeue(Watcher& watcher) {
    assert_this_thread();
    again_.push_back(&watcher);
  }

  /// Calls `on_round_end` at the end of this round, so that several writes are sent at once.
  void defer(Watcher& watcher) {
    assert_this_thread();
    at_end_.push_back(&watcher);
  }

  void add(Sleeper& sleeper) {
    assert_this_thread();
    sleepers_.insert(&sleeper);
  }
  void remove(Sleeper& sleeper) noexcept {
    assert_this_thread();
    sleepers_.erase(&sleeper);
  }

 private:
  friend class Timer;

  void run();
  void run_ready();
  void run_posted();
  void run_timers();
  void report_sleep();
  int wait_ms() const;
  std::span<Readiness::Ready> watchful_wait(int wait_ms) noexcept;

  SleepDetector sleep_detector_;
  Readiness readiness_;
  Wakeup wakeup_;
  UniqueFd clock_change_;

  Mutex mutex_;
  std::vector<Task> posted_ PINTLE_GUARDED_BY(mutex_);
  bool stopping_ PINTLE_GUARDED_BY(mutex_) = false;
  bool awake_ PINTLE_GUARDED_BY(mutex_) =
      false;  // a wake-up is pending, or the loop is about to check

  TimePoint now_ = Clock::now();
  std::vector<Task> posted_now_;
  std::vector<Watcher*> again_;
  std::vector<Watcher*> again_now_;
  std::vector<Watcher*> at_end_;
  std::span<Readiness::Ready> ready_;  // of this round
  net::AdaptiveSpin adaptive_spin_;
  std::set<std::pair<TimePoint, Timer*>> timers_;
  std::set<Sleeper*> sleepers_;
  std::atomic<std::thread::id> thread_id_{};
  std::thread thread_;
};

}  // namespace pintle::live
