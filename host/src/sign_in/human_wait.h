// SPDX-License-Identifier: Apache-2.0
//
// The time limit of a step that the user takes, and the errors that end it.
//
// Header-only. Threads: a value.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include <pintle/core/base/error.h>

namespace pintle {

class HumanWait {
 public:
  using Clock = std::chrono::steady_clock;

  explicit HumanWait(std::int64_t ms)
      : ms_(ms), until_(Clock::now() + std::chrono::milliseconds(ms)) {}

  bool is_over() const noexcept { return Clock::now() >= until_; }
  /// Returns the time left, at most `timeout_ms`; for poll.
  int left_ms(std::int64_t timeout_ms = 60'000) const noexcept {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_ - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, timeout_ms));
  }

  Error over() const {
    const auto seconds = (ms_ + 999) / 1000;
    return Error(Layer::gate, "the sign-in timed out after " +
                                  (seconds >= 120 ? std::to_string(seconds / 60) + " minutes"
                                                  : std::to_string(seconds) + " s"))
        .with_sign_in()
        .with_hint("Sign in again. If a browser showed an error, resolve it first.");
  }

 private:
  std::int64_t ms_;
  Clock::time_point until_;
};

/// The error of a step that the user (with Ctrl-C) or the app cancelled.
inline Error sign_in_cancelled() {
  return Error(Layer::gate, "the sign-in was cancelled").with_sign_in();
}

}  // namespace pintle
