// SPDX-License-Identifier: Apache-2.0
//
// Counts and limits the unsent bytes.
//
// Threads: `unsent_bytes`, `check` and `posted` any; the others the loop's.

#pragma once

#include <atomic>
#include <cstddef>
#include <string>

#include <pintle/core/base/error.h>

namespace pintle::live {

class SendBudget {
 public:
  explicit SendBudget(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  std::size_t unsent_bytes() const noexcept { return unsent_bytes_; }

  /// Throws Error(websocket) if `more` bytes would exceed the limit.
  void check(std::size_t more) const {
    if (more <= max_bytes_ && unsent_bytes_ <= max_bytes_ - more) return;
    throw Error(Layer::websocket, "the gateway does not take what is sent: " +
                                      std::to_string(unsent_bytes_) + " bytes wait")
        .with_retry();
  }

  /// Adds bytes that were posted to the loop.
  void posted(std::size_t bytes) noexcept { unsent_bytes_ += bytes; }
  /// Counts posted bytes that reached the loop; they are part of the next `count`.
  void arrived(std::size_t bytes) noexcept { arrived_bytes_ += bytes; }
  /// Sets the bytes that wait in the loop. Atomic: another thread neither misses arrived bytes nor
  /// counts them twice.
  void count(std::size_t waiting) noexcept {
    unsent_bytes_ += waiting - counted_bytes_ - arrived_bytes_;
    counted_bytes_ = waiting;
    arrived_bytes_ = 0;
  }

 private:
  const std::size_t max_bytes_;
  std::atomic<std::size_t> unsent_bytes_{0};  // Posted to the loop, or waiting there.
  std::size_t counted_bytes_ = 0;             // at the last count
  std::size_t arrived_bytes_ = 0;             // since then
};

}  // namespace pintle::live
