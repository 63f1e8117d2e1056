// SPDX-License-Identifier: Apache-2.0
//
// Whether it is worth to look for a moment before a thread sleeps (docs/decisions/0011).
// Header-only.
//
// Threads: one at a time.

#pragma once

#include <algorithm>
#include <chrono>
#include <sched.h>

namespace pintle::net {

/// Going to sleep and waking up costs more than a whole round trip to a peer that answers at once.
/// Where the last waits were as short as that, `look` looks again and again for a moment, and lets
/// others have the processor meanwhile; where they were not, it never does.
class AdaptiveSpin {
 public:
  /// True once `is_there` says so; false where it was not worth it, or in vain.
  template <class IsThere>
  bool look(IsThere is_there) const {
    if (in_a_row_ < kEnough) return false;
    const auto begin = Clock::now();
    do {
      if (is_there()) return true;
      ::sched_yield();
    } while (Clock::now() - begin < kLookFor);
    return false;
  }

  /// After each wait, a look included.
  void waited(std::chrono::nanoseconds took) noexcept {
    in_a_row_ = took < kLookFor ? std::min(in_a_row_ + 1, kEnough) : 0;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr int kEnough = 8;
  static constexpr std::chrono::microseconds kLookFor{200};

  int in_a_row_ = 0;
};

}  // namespace pintle::net
