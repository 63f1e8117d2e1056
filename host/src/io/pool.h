// SPDX-License-Identifier: Apache-2.0
//
// A few threads for what blocks: connecting, and asking for the credential to connect with.
//
// Threads: any.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <list>
#include <mutex>
#include <thread>

#include "io/task.h"

namespace pintle::live {

class Pool {
 public:
  /// Threads are started as they are needed, and end when they had nothing to do for a while.
  explicit Pool(std::size_t max_threads) : max_threads_(max_threads) {}
  /// Drops what has not begun and waits for what has: whoever gave it must have cancelled it.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Has the task run on a thread of the pool; the oldest first. It must not throw. False where the
  /// system gives no thread and there is none; the task is dropped then.
  bool run(Task task);

  /// True on a thread of any pool.
  static bool is_worker() noexcept;

 private:
  struct Worker {
    std::thread thread;
    bool ended = false;
  };

  void work(Worker& me);
  void reap();

  const std::size_t max_threads_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Task> tasks_;
  std::list<Worker> workers_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace pintle::live
