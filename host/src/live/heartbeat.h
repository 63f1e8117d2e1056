// SPDX-License-Identifier: Apache-2.0
//
// Decides when a live connection calls `gateway.ping` and when it is lost: a proxy may answer
// WebSocket pings for a gateway that hangs.
//
// Threads: the loop's. Has no clock.

#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "io/loop.h"

namespace pintle::live {

class Heartbeat {
 public:
  enum class Step { wait, ping, lost };

  /// `every`: the idle time before a ping. 0: never.
  explicit Heartbeat(std::chrono::milliseconds every) : every_(every) {}

  /// Reads the greeting; the heartbeat is off if the gateway did not announce `gateway.ping` there.
  void begin(std::string_view greeting);
  /// The gateway does not support it after all.
  void refused() noexcept { is_on_ = false; }
  bool is_on() const noexcept { return is_on_; }

  void received(TimePoint now) noexcept { last_message_ = now; }
  /// Stores the id of the ping request; its response may be late.
  void ping_sent(std::int64_t id) noexcept { ping_id_ = id; }
  bool is_own(std::int64_t id) const noexcept { return ping_id_ != 0 && id == ping_id_; }

  /// `step` returns what to do now, `next` when to check again. `last_progress`: when bytes were
  /// last received or sent.
  Step step(TimePoint now, TimePoint last_progress) const;
  TimePoint next(TimePoint now, TimePoint last_progress) const;
  std::chrono::milliseconds every() const noexcept { return every_; }

 private:
  Clock::duration silence(TimePoint now, TimePoint last_progress) const;

  const std::chrono::milliseconds every_;
  bool is_on_ = false;
  std::int64_t ping_id_ = 0;
  TimePoint last_message_{};
};

}  // namespace pintle::live
