// SPDX-License-Identifier: Apache-2.0
//
// When the live view pings a gateway, and when the gateway counts as not responding: a connection
// can stay open although nobody is behind it.
//
// Threads: one at a time. Has no clock.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace pintle::ui {

class PingWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Milliseconds = std::chrono::milliseconds;

  static constexpr Milliseconds kBetweenPings{2'000};
  /// So long after an unanswered ping, without any other message, the gateway is not responding.
  static constexpr Milliseconds kLate{5'000};

  void connected(Time now);
  void disconnected();

  /// One ping at a time: false while one is on its way.
  bool is_due(Time now) const;
  /// Returns the ping's number, for its outcome: `answered`, or `lost` after its time limit or with
  /// the connection. That of an earlier connection's ping changes nothing.
  std::uint64_t sent(Time now);
  void answered(std::uint64_t ping, Time now);
  void lost(std::uint64_t ping);
  /// Any other message.
  void received(Time now) { last_message_ = now; }

  /// Returns since when the gateway has not responded; nothing while it does.
  std::optional<Milliseconds> silence(Time now) const;
  /// When to look again.
  Time next(Time now) const;

 private:
  bool is_connected_ = false;
  std::uint64_t pings_ = 0;
  bool is_on_its_way_ = false;
  std::optional<Time> unanswered_since_{};
  Time last_message_{};
  Time next_ping_{};
};

}  // namespace pintle::ui
