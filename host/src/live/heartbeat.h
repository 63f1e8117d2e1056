// SPDX-License-Identifier: Apache-2.0
//
// When a live connection calls `gateway.ping`, and when its silence means that it is lost: a proxy
// may answer pings for a gateway that hangs.
//
// Threads: the loop's. It holds no clock.

#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "io/loop.h"

namespace pintle::live {

class Heartbeat {
 public:
  enum class Step { wait, ping, lost };

  /// `every`: a silence that is asked about. 0: never.
  explicit Heartbeat(std::chrono::milliseconds every) : every_(every) {}

  /// Off if the gateway did not announce `gateway.ping` in its greeting.
  void begin(std::string_view greeting);
  /// The gateway does not have it after all.
  void refused() noexcept { is_on_ = false; }
  bool is_on() const noexcept { return is_on_; }

  void received(TimePoint now) noexcept { last_message_ = now; }
  /// The request that asks, whose answer may come late.
  void asked(std::int64_t id) noexcept { ping_id_ = id; }
  bool is_own(std::int64_t id) const noexcept { return ping_id_ != 0 && id == ping_id_; }

  /// What is to be done now, and when to ask again. `last_progress`: of the bytes.
  Step step(TimePoint now, TimePoint last_progress) const;
  TimePoint next(TimePoint now, TimePoint last_progress) const;
  std::chrono::milliseconds every() const noexcept { return every_; }

 private:
  const std::chrono::milliseconds every_;
  bool is_on_ = false;
  std::int64_t ping_id_ = 0;
  TimePoint last_message_{};
};

}  // namespace pintle::live
