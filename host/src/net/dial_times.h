// SPDX-License-Identifier: Apache-2.0
//
// How long each phase of a dial took. Header-only.
//
// Threads: values.

#pragma once

#include <chrono>
#include <optional>

#include "net/watchdog.h"

namespace pintle::net {

/// Of one dial; empty for a phase that it did not reach, or has not.
struct DialTimes {
  using Duration = std::optional<std::chrono::nanoseconds>;
  Duration dns{};
  Duration tcp{};    ///< To the proxy, if there is one.
  Duration proxy{};  ///< The proxy's tunnel.
  Duration tls{};
};

/// Measures its own lifetime.
class PhaseTimer {
 public:
  explicit PhaseTimer(DialTimes::Duration& to) noexcept : to_(to) {}
  PhaseTimer(const PhaseTimer&) = delete;
  PhaseTimer& operator=(const PhaseTimer&) = delete;
  ~PhaseTimer() { to_ = Clock::now() - begin_; }

 private:
  DialTimes::Duration& to_;
  const TimePoint begin_ = Clock::now();
};

}  // namespace pintle::net
