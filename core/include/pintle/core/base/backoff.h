// SPDX-License-Identifier: Apache-2.0
//
// How long to wait before the next try: longer each time, up to a cap, and never in step with
// others (exponential backoff with jitter).
//
// Threads: a value; guard it like any other. It holds no clock and no random generator.

#pragma once

#include <cstdint>

namespace pintle {

class Backoff {
 public:
  /// Which part of the wait is left to chance. Full: from 0 to the whole, which spreads many
  /// clients best. Equal: from half to the whole, for who must not try again at once.
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

  /// The wait before the next try, in milliseconds; the one after may be `factor` times as long.
  /// `random` is any 64 random bits. Never less than `floor_ms`, which is what a Retry-After asked
  /// for, and above the cap only where that is.
  std::int64_t next_delay_ms(std::uint64_t random, std::int64_t floor_ms = 0) noexcept;

  /// After a success: the next wait is a first one again.
  void reset() noexcept { whole_ms_ = options_.first_ms; }

 private:
  Options options_;
  std::int64_t whole_ms_ = options_.first_ms;
};

}  // namespace pintle
