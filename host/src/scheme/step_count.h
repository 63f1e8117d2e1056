// SPDX-License-Identifier: Apache-2.0
//
// Counts the steps of an operation, to stop a scheme that loops. Header-only.
//
// Threads: one at a time.

#pragma once

#include <cstdint>

#include <pintle/plugin.h>

namespace pintle {

class StepCount {
 public:
  /// The longest real operation has about ten.
  static constexpr int kMax = 64;
  /// A wait this long is no part of a loop that spins: it does not count, nor does the step after
  /// it. So the device flow may poll for as long as it waits (RFC 8628 3.5). Milliseconds.
  static constexpr std::int64_t kUncountedWaitMs = 1'000;

  /// Returns false if the operation has had all its steps. `wait_left_ms`: a longer wait fails at
  /// once, so it counts.
  bool allows(const pintle_step& step, std::int64_t wait_left_ms) noexcept {
    const bool is_wait = step.need == PINTLE_NEED_WAIT && step.wait_ms >= kUncountedWaitMs &&
                         step.wait_ms <= wait_left_ms;
    if (!is_wait && !is_after_wait_) ++counted_;
    is_after_wait_ = is_wait;
    return counted_ <= kMax;
  }

 private:
  int counted_ = 0;
  bool is_after_wait_ = false;
};

}  // namespace pintle
