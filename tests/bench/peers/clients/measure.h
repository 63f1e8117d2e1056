// SPDX-License-Identifier: Apache-2.0
//
// The measurements of the peers, and the one-line result that all of them print.
//
// Threads: one. CPU time is that of the whole process, including all threads of a peer.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pintle::bench {

using Clock = std::chrono::steady_clock;

/// Request and response, one after the other. The first tenth of the time only warms up.
class RoundTrips {
 public:
  explicit RoundTrips(double seconds);

  /// Call it after each round trip. Returns false when the time is over.
  bool lap();
  /// Returns {"ops":…,"seconds":…,"cpu_ns_per_op":…,"p99_us":…}. Throws std::runtime_error if
  /// nothing was measured.
  void print();

 private:
  Clock::time_point last_;
  Clock::time_point begin_;
  Clock::time_point end_;
  bool warm_ = false;
  std::int64_t cpu_ns_ = 0;
  std::vector<std::uint32_t> took_ns_;
};

/// Messages that the server sends on its own. The first tenth of the time only warms up.
class Arrivals {
 public:
  explicit Arrivals(double seconds);

  /// Call it after each message. Returns false when the time is over. Reads the clock only now and
  /// then, so as not to measure that.
  bool message() { return (++count_ % kStride) != 0 || look(); }
  /// Returns {"ops":…,"seconds":…,"cpu_ns_per_op":…}. Throws std::runtime_error if nothing was
  /// measured.
  void print() const;

 private:
  static constexpr std::uint64_t kStride = 256;
  bool look();

  Clock::time_point begin_;
  Clock::time_point end_;
  Clock::time_point over_{};
  bool warm_ = false;
  std::uint64_t count_ = 0;
  std::uint64_t first_ = 0;
  std::int64_t cpu_ns_ = 0;
};

/// Connections that only stay open: what they add to the process.
class Idle {
 public:
  /// Create it before the first connection.
  Idle();
  /// Returns {"ops":…,"seconds":…,"rss_bytes_per_op":…,"threads":…} once `count` of them are open.
  void print(std::size_t count) const;

 private:
  std::int64_t rss_;
  std::int64_t threads_;
  Clock::time_point begin_;
};

}  // namespace pintle::bench
