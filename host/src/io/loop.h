// SPDX-License-Identifier: Apache-2.0
//
// The I/O thread that all live connections of a host share: waits for sockets, timers and posted
// tasks.
//
// Threads: `post` and `is_this_thread` from any; everything else on the loop's own thread.

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <sys/epoll.h>
#include <thread>
#include <vector>

#include <pintle/core/rpc/json_rpc.h>
#include <pintle/core/ws/ws_protocol.h>

#include "base/adaptive_spin.h"
#include "io/task.h"

namespace pintle::live {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

inline constexpr TimePoint kNever = TimePoint::max();

/// Whoever says "for ever" with a large number must not get a time in the past.
constexpr std::chrono::milliseconds at_most_a_year(std::int64_t milliseconds) noexcept {
  constexpr std::int64_t kYear = std::int64_t{1000} * 60 * 60 * 24 * 365;
  return std::chrono::milliseconds(milliseconds < 0       ? 0
                                   : milliseconds > kYear ? kYear
                                                          : milliseconds);
}

class Loop;

/// Calls once when its time has come. Belongs to the loop's thread.
class Timer {
 public:
  Timer(Loop& loop, std::function<void()> on_due) : loop_(loop), on_due_(std::move(on_due)) {}
  ~Timer() { unset(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Replaces the time that was set. Times that are far away cost nothing: `kNever` unsets.
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
  /// Something that waits for a descriptor.
  class Watcher {
   public:
    virtual void on_ready(std::uint32_t epoll_events) = 0;
    virtual void on_round_end() = 0;

   protected:
    ~Watcher() = default;
  };
  /// Someone who must know that the machine slept or its clock was set.
  class Sleeper {
   public:
    virtual void on_slept() = 0;

   protected:
    ~Sleeper() = default;
  };

  /// How long the machine has been asleep since it was started. Milliseconds.
  using AsleepClock = std::function<std::int64_t()>;
  static std::int64_t system_asleep_ms();

  /// Throws Error(config) where the system gives no descriptors.
  explicit Loop(AsleepClock asleep_ms = system_asleep_ms);
  /// Ends the thread; tasks that are still there are dropped. Not on the loop's thread.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Has the task run on the loop's thread, soon, in the order of the calls.
  void post(Task task);
  bool is_this_thread() const noexcept;

  /// The time when this round began.
  TimePoint now() const noexcept { return now_; }

  /// `events`: EPOLLIN, EPOLLOUT, both, or 0. Level-triggered.
  void watch(int fd, std::uint32_t events, Watcher& watcher);
  void rewatch(int fd, std::uint32_t events, Watcher& watcher);
  void unwatch(int fd, Watcher& watcher) noexcept;
  /// Calls `on_ready(EPOLLIN)` once more after the others had their turn: for who stopped reading
  /// before it met the end.
  void requeue(Watcher& watcher) { again_.push_back(&watcher); }

  /// Calls `on_round_end` when everything else of this round is done: what several wrote leaves in
  /// one go.
  void defer(Watcher& watcher) { at_end_.push_back(&watcher); }

  void add(Sleeper& sleeper) { sleepers_.insert(&sleeper); }
  void remove(Sleeper& sleeper) noexcept { sleepers_.erase(&sleeper); }

  /// What every connection needs while it works and none while it is idle: room to read into, with
  /// JsonRpcReader::kPadding behind it; a parser; buffers to write from.
  std::span<char> room() noexcept { return {room_.data(), kRoom}; }
  JsonRpcReader& rpc_reader() noexcept { return rpc_reader_; }
  std::string take_buffer();
  void give_back(std::string&& buffer) noexcept;

  /// From a cryptographic generator, new ones every time (RFC 6455 5.3).
  ws::MaskKey new_mask_key();
  std::uint64_t random();

 private:
  friend class Timer;
  static constexpr std::size_t kRoom = 64 * 1024;
  static constexpr std::size_t kMaxSpare = 4;
  static constexpr std::size_t kMaxSpareBytes = 512 * 1024;

  void run();
  void run_ready();
  void run_posted();
  void run_timers();
  void look_at_clock();
  int wait_ms() const;
  int look(int wait_ms) noexcept;
  int watchful_wait(int wait_ms) noexcept;

  const AsleepClock asleep_ms_;
  std::int64_t last_asleep_ms_;
  int epoll_ = -1;
  int wake_ = -1;          // an eventfd
  int clock_change_ = -1;  // a timerfd that tells of a clock that was set, by a resume as well

  std::mutex mutex_;
  std::vector<Task> posted_;
  bool stopping_ = false;
  bool awake_ = false;  // a wake-up is on its way, or the loop is about to look

  TimePoint now_ = Clock::now();
  TimePoint last_look_{};
  std::vector<Task> posted_now_;
  std::vector<Watcher*> again_;
  std::vector<Watcher*> again_now_;
  std::vector<Watcher*> at_end_;
  std::array<epoll_event, 256> ready_{};
  int ready_count_ = 0;
  net::AdaptiveSpin adaptive_spin_;
  std::set<std::pair<TimePoint, Timer*>> timers_;
  std::set<Sleeper*> sleepers_;
  std::vector<char> room_;
  JsonRpcReader rpc_reader_;
  std::vector<std::string> spare_;
  std::array<unsigned char, 4096> random_{};
  std::size_t random_used_ = 4096;
  std::atomic<std::thread::id> thread_id_{};
  std::thread thread_;
};

}  // namespace pintle::live
