// SPDX-License-Identifier: Apache-2.0
//
// A few threads for blocking work: connecting, and getting the credential for it.
//
// Threads: any.

#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <thread>

#include "base/mutex.h"
#include "io/task.h"

namespace pintle::live {

class Pool {
 public:
  /// Starts threads as needed; idle threads end after a while.
  explicit Pool(std::size_t max_threads) : max_threads_(max_threads) {}
  /// Drops tasks that have not begun and waits for the others, which the caller must have
  /// cancelled.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Runs the task on a thread of the pool, oldest first. It must not throw. Drops the task and
  /// returns false if the pool has no thread and cannot create one.
  bool run(Task task);

  /// Returns true if this is a thread of any pool.
  static bool is_worker() noexcept;

 private:
  struct Worker {
    std::thread thread;
    bool ended = false;
  };

  void work(Worker& me);
  void reap() PINTLE_REQUIRES(mutex_);

  const std::size_t max_threads_;
  Mutex mutex_;
  Condition more_;
  std::deque<Task> tasks_ PINTLE_GUARDED_BY(mutex_);
  std::list<Worker> workers_ PINTLE_GUARDED_BY(mutex_);
  std::size_t idle_ PINTLE_GUARDED_BY(mutex_) = 0;
  bool stopping_ PINTLE_GUARDED_BY(mutex_) = false;
};

}  // namespace pintle::live
