// SPDX-License-Identifier: Apache-2.0
//
// Closes connections after their last response without losing it: ends the sending side, then reads
// and drops what the client still sends until it closes too. Unread bytes would make the system
// reset the connection, and the client might never see the response (RFC 9112 9.6).
//
// No thread waits for a client, and a client can hold no more than its descriptor, for a while.
//
// Threads: the loop's, but for `count`.

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <vector>

#include <pintle/files/unique_fd.h>

#include "io/loop.h"

namespace pintle::broker {

struct LingeringLimits {
  /// Above it, the oldest one is closed at once.
  std::size_t connections = 256;
  /// For a client that sends nothing more.
  std::chrono::milliseconds quiet{5'000};
  /// For one that goes on and on.
  std::chrono::milliseconds total{30'000};
};

class Lingering {
 public:
  /// `loop` must outlive the last connection here.
  explicit Lingering(live::Loop& loop, const LingeringLimits& limits = {});
  /// The last connection must have gone, or been cleared.
  ~Lingering();
  Lingering(const Lingering&) = delete;
  Lingering& operator=(const Lingering&) = delete;

  /// Takes over a connection whose last response was written.
  void add(UniqueFd fd) noexcept;
  /// Closes all.
  void clear() noexcept;
  std::size_t count() const noexcept { return count_; }

 private:
  class One;
  using All = std::list<std::unique_ptr<One>>;

  void remove(All::iterator place) noexcept;

  live::Loop& loop_;
  const LingeringLimits limits_;
  std::vector<char> dropped_;
  All all_;  // The oldest first.
  std::atomic<std::size_t> count_{0};
};

}  // namespace pintle::broker
