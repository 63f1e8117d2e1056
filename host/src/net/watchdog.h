// SPDX-License-Identifier: Apache-2.0
//
// Ends a blocked read or write from outside: one thread that shuts down the sockets whose time is
// up, so that a peer that drips one byte at a time cannot hold anyone.
//
// Threads: a Watch belongs to the thread that works on its socket; `cancel` comes from any thread.

#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

namespace pintle::net {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

inline constexpr TimePoint kNever = TimePoint::max();

class Watch;

/// The thread behind the watches. It starts with the first deadline and is joined when the last
/// owner lets go.
class Watchdog {
 public:
  /// The one that a process shares among its connections.
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

  void enqueue(const std::shared_ptr<Guarded>& guarded);
  void run();

  // Guards the heap and every Guarded: the sections are a few instructions long.
  std::mutex mutex_;
  std::condition_variable wake_;
  std::priority_queue<Entry> heap_;
  TimePoint sleeping_until_ = kNever;
  bool stopping_ = false;
  std::thread thread_;
};

/// Watches over one socket. Once it has fired, by deadline or by cancel, it stays fired.
class Watch {
 public:
  enum class Cause { none, deadline, cancelled };

  explicit Watch(std::shared_ptr<Watchdog> watchdog);
  Watch(Watch&&) noexcept = default;
  Watch& operator=(Watch&&) = delete;
  ~Watch();

  /// The socket to shut down; at once, where the watch has fired already. The caller calls `detach`
  /// before it closes `fd`, so that a reused number is never hit.
  void attach(int fd);
  void detach() noexcept;

  /// Replaces the deadline. Costs no wake-up where it lies behind the one before.
  void set_deadline(TimePoint deadline);
  /// Takes the deadline away. False where the watch has fired: the socket is of no more use.
  bool lift() noexcept;

  /// From any thread; does nothing after the watch has fired.
  void cancel() noexcept;

  Cause cause() const noexcept;

 private:
  std::shared_ptr<Watchdog> watchdog_;
  std::shared_ptr<Watchdog::Guarded> guarded_;
};

/// Attaches a socket to a watch for the length of a scope.
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
