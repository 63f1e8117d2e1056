// SPDX-License-Identifier: Apache-2.0
//
// Interrupts a blocked read or write: one thread shuts down the sockets that are past their
// deadline, so that a peer that sends one byte at a time cannot block a caller.
//
// Threads: a Watch belongs to the thread that uses its socket; `cancel` may be called from any.

#pragma once

#include <chrono>
#include <memory>
#include <queue>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace pintle::net {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

inline constexpr TimePoint kNever = TimePoint::max();

class Watch;

/// The thread behind the watches. Starts with the first deadline; joined when the last owner
/// releases it.
class Watchdog {
 public:
  /// Returns the process's instance, which all connections share.
  static std::shared_ptr<Watchdog> shared();

  Watchdog() = default;
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  friend class Watch;

  struct Guarded;
  struct Entry {
    TimePoint due;
    std::weak_ptr<Guarded> guarded;
    bool operator<(const Entry& other) const noexcept { return due > other.due; }
  };

  void enqueue(const std::shared_ptr<Guarded>& guarded) PINTLE_REQUIRES(mutex_);
  void run();

  // Guards the heap and every Guarded; held for only a few instructions.
  Mutex mutex_;
  Condition wake_;
  std::priority_queue<Entry> heap_ PINTLE_GUARDED_BY(mutex_);
  TimePoint sleeping_until_ PINTLE_GUARDED_BY(mutex_) = kNever;
  bool stopping_ PINTLE_GUARDED_BY(mutex_) = false;
  std::thread thread_ PINTLE_GUARDED_BY(mutex_);
};

/// Watches one socket. Once it has fired, by deadline or by cancel, it stays fired.
class Watch {
 public:
  enum class Cause { none, deadline, cancelled };

  explicit Watch(std::shared_ptr<Watchdog> watchdog);
  Watch(Watch&&) noexcept = default;
  Watch& operator=(Watch&&) = delete;
  ~Watch();

  /// Sets the socket to shut down; shuts it down at once if the watch has already fired. Call
  /// `detach` before closing `fd`, so that a reused descriptor is never shut down.
  void attach(int fd);
  void detach() noexcept;

  /// Replaces the deadline. Does not wake the thread if it is later than the previous one.
  void set_deadline(TimePoint deadline);
  /// Removes the deadline. Returns false if the watch has fired: the socket is then unusable.
  bool lift() noexcept;

  /// Fires the watch, from any thread; does nothing if it has already fired.
  void cancel() noexcept;

  Cause cause() const noexcept;

 private:
  std::shared_ptr<Watchdog> watchdog_;
  std::shared_ptr<Watchdog::Guarded> guarded_;
};

/// Attaches a socket to a watch for its own lifetime.
class Attached {
 public:
  Attached(Watch& watch, int fd) : watch_(watch) { watch_.attach(fd); }
  ~Attached() { watch_.detach(); }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

 private:
  Watch& watch_;
};

}  // namespace pintle::net
