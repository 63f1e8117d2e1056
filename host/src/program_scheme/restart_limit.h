// SPDX-License-Identifier: Apache-2.0
//
// How often a program may be started again. Header-only.
//
// Threads: one at a time.

#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

namespace pintle::program {

class RestartLimit {
 public:
  using Clock = std::chrono::steady_clock;

  RestartLimit(std::size_t max_restarts, std::chrono::milliseconds window)
      : max_restarts_(max_restarts), window_(window) {}

  /// Counts a restart at `now` and returns zero, or returns how long none is allowed.
  std::chrono::milliseconds restart(Clock::time_point now) {
    while (!restarts_.empty() && now - restarts_.front() >= window_) restarts_.pop_front();
    if (restarts_.size() < max_restarts_) {
      restarts_.push_back(now);
      return std::chrono::milliseconds(0);
    }
    if (restarts_.empty()) return window_;  // none is ever allowed
    return std::chrono::ceil<std::chrono::milliseconds>(restarts_.front() + window_ - now);
  }

 private:
  const std::size_t max_restarts_;
  const std::chrono::milliseconds window_;
  std::deque<Clock::time_point> restarts_;
};

}  // namespace pintle::program
