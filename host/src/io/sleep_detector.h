// SPDX-License-Identifier: Apache-2.0
//
// Notices that the machine was asleep, by comparing a clock that runs meanwhile with one that does
// not.
//
// Header-only. Threads: one at a time.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace pintle::live {

class SleepDetector {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  /// Returns how long the machine has been asleep since it was started, in milliseconds.
  using AsleepClock = std::function<std::int64_t()>;

  explicit SleepDetector(AsleepClock asleep_ms)
      : asleep_ms_(std::move(asleep_ms)), last_asleep_ms_(asleep_ms_()) {}

  /// Returns whether the machine slept since the last call. Reads the clocks every 250 ms.
  bool has_slept(TimePoint now) {
    if (now - last_check_ < kCheckEvery) return false;
    last_check_ = now;
    const auto asleep = asleep_ms_();
    return asleep - std::exchange(last_asleep_ms_, asleep) >= kMinSleepMs;
  }
  /// The next call reads the clocks.
  void check_soon() noexcept { last_check_ = {}; }

 private:
  // A smaller difference can be the time between reading the two clocks.
  static constexpr std::int64_t kMinSleepMs = 2'000;
  static constexpr std::chrono::milliseconds kCheckEvery{250};

  const AsleepClock asleep_ms_;
  std::int64_t last_asleep_ms_;
  TimePoint last_check_{};
};

}  // namespace pintle::live
