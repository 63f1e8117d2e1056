// SPDX-License-Identifier: Apache-2.0
//
// Exponential backoff with jitter, capped.
//
// Threads: a value; guard it like any other. It has no clock and no random generator.

/// @file
/// @snippet reference/values.cpp backoff

#pragma once

#include <cstdint>

namespace pintle {

class Backoff {
 public:
  /// How much of the delay is random. Full: from 0 to the whole delay, which spreads many clients
  /// best. Equal: from half to the whole delay, for clients that must not retry at once.
  enum class Jitter { full, equal };

  struct Options {
    std::int64_t first_ms = 250;
    std::int64_t cap_ms = 30'000;
    std::int64_t factor = 2;
    Jitter jitter = Jitter::equal;
  };

  Backoff() = default;
  /// Throws Error(config) unless 1 <= first_ms <= cap_ms and factor >= 1.
  explicit Backoff(const Options& options);

  /// Returns the delay before the next attempt, in milliseconds, and multiplies the following one
  /// by up to `factor`. `random` is any 64 random bits. Never less than `floor_ms` (from
  /// Retry-After), and above the cap only if `floor_ms` is.
  std::int64_t next_delay_ms(std::uint64_t random, std::int64_t floor_ms = 0) noexcept;

  /// Resets the delay to `first_ms`. Call it after a success.
  void reset() noexcept { whole_ms_ = options_.first_ms; }

 private:
  Options options_;
  std::int64_t whole_ms_ = options_.first_ms;
};

}  // namespace pintle
