// SPDX-License-Identifier: Apache-2.0
//
// Ends a step of a diagnosis in time: its token is stopped by the app's cancel, and when the time
// is over. Header-only.
//
// Threads: one owner; a thread of its own waits for the end.

#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <stop_token>
#include <thread>

#include "base/mutex.h"

namespace pintle::doctor {

class StepTimer {
 public:
  /// Throws std::system_error if there is no thread to wait on.
  StepTimer(const std::stop_token& cancel, std::chrono::milliseconds limit)
      : on_cancel_(cancel, [this] { source_.request_stop(); }),
        thread_([this, limit](const std::stop_token& ended) { wait(ended, limit); }) {}
  StepTimer(const StepTimer&) = delete;
  StepTimer& operator=(const StepTimer&) = delete;

  std::stop_token token() const noexcept { return source_.get_token(); }
  /// Returns true if the time was over before the step ended.
  bool is_over() const noexcept { return is_over_; }

 private:
  void wait(const std::stop_token& ended, std::chrono::milliseconds limit) {
    MutexLock lock(mutex_);
    never_.wait_for(mutex_, ended, limit, [] { return false; });
    if (ended.stop_requested()) return;
    is_over_ = true;
    source_.request_stop();
  }

  std::stop_source source_;
  std::atomic<bool> is_over_{false};
  Mutex mutex_;
  Condition never_;
  std::stop_callback<std::function<void()>> on_cancel_;
  std::jthread thread_;  // Last: it uses the others.
};

}  // namespace pintle::doctor
