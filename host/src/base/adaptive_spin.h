// SPDX-License-Identifier: Apache-2.0
//
// Decides whether to spin for a moment before a thread sleeps (docs/decisions/0011). Header-only.
//
// Threads: one at a time.

#pragma once

#include <algorithm>
#include <chrono>
#include <sched.h>

namespace pintle::net {

/// Sleeping and waking up costs more than a round trip to a peer that answers at once. If the last
/// waits were that short, `look` polls for a moment and yields the processor in between; otherwise
/// it returns at once.
class AdaptiveSpin {
 public:
  /// Returns true once `is_there` returns true; false after the moment, or without polling.
  template <class IsThere>
  bool look(IsThere is_there) const {
    if (in_a_row_ < kEnough) return false;
    const auto begin = Clock::now();
    do {
      if (is_there()) return true;
      ::sched_yield();
    } while (Clock::now() - begin < kSpinTime);
    return false;
  }

  /// Records a wait. Call it after each one, including one that `look` ended.
  void waited(std::chrono::nanoseconds waited_for) noexcept {
    in_a_row_ = waited_for < kSpinTime ? std::min(in_a_row_ + 1, kEnough) : 0;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr int kEnough = 8;
  static constexpr std::chrono::microseconds kSpinTime{200};

  int in_a_row_ = 0;
};

}  // namespace pintle::net
