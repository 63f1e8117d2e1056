// SPDX-License-Identifier: Apache-2.0
//
// The time and size limits of an exchange, and the token that cancels it.
//
// Threads: values.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <stop_token>

namespace pintle::net {

/// Cancels an exchange from any thread: the source's `request_stop()` makes it fail promptly.
using CancelToken = std::stop_token;
using CancelSource = std::stop_source;

/// The time limits of each phase of a new connection; the exchange's total limit applies as well.
struct ConnectLimits {
  std::chrono::milliseconds dns{10'000};
  std::chrono::milliseconds tcp{10'000};
  /// For each address of a name but the last: a dead one must not use up the time of the others.
  std::chrono::milliseconds per_address{2'000};
  std::chrono::milliseconds proxy{10'000};
  std::chrono::milliseconds tls{10'000};
};

/// An answer above a size limit is an Error(protocol), above a time limit an Error(tcp).
struct ExchangeLimits {
  std::chrono::milliseconds first_byte{30'000};  ///< From the end of the request to the answer.
  std::chrono::milliseconds total{60'000};       ///< The whole exchange, with a new connection.
  /// If not zero: the time limit of each piece of a body, sent or received, in place of `total`,
  /// for a body that is passed on for as long as it goes on.
  std::chrono::milliseconds idle{0};
  std::size_t head_bytes = 64 * 1024;
  std::size_t head_fields = 128;
  /// For an answer's decoded body: in memory, and written to a sink.
  std::uint64_t body_bytes = 16 * 1024 * 1024;
  std::uint64_t sink_bytes = std::numeric_limits<std::uint64_t>::max();
  /// The hint if a body is above its limit.
  const char* body_hint = "Check that the URL is the gateway's.";
  /// True if the request may be sent twice although its method is not idempotent.
  bool may_repeat = false;
  /// True if the request must not be sent twice, whatever its method: it gets a connection of its
  /// own, as one that was idle may have ended unnoticed.
  bool once = false;
  /// If not null, called right before the first byte of the request is sent, on a connection that
  /// is there: from then on the gateway may have got it. What it throws ends the exchange, with
  /// nothing sent. Must outlive it.
  const std::function<void()>* before_first_byte = nullptr;
  /// True if the port was never used: after a failure, one more connection tests whether it speaks
  /// the other scheme.
  bool first_contact = false;
  CancelToken cancel{};
};

/// At the first contact over https: how long a port may be silent before it is tested for http. A
/// plain server takes the TLS hello for a request and silently waits for its end.
inline constexpr std::chrono::milliseconds kFirstHandshake{3'000};

/// Returns how long a test for the other scheme may take, at a port that accepted a TCP connection
/// after `connected`: some round trips, so that a server that only hangs costs little more.
inline std::chrono::milliseconds other_scheme_limit(std::chrono::nanoseconds connected) {
  using std::chrono::milliseconds;
  constexpr milliseconds kMin{1'000};
  constexpr milliseconds kMax{3'000};
  constexpr int kRoundTrips = 10;
  const auto limit = std::chrono::duration_cast<milliseconds>(connected) * kRoundTrips;
  return std::clamp(limit, kMin, kMax);
}

/// The body limit of a probe: the server may not be a gateway at all.
inline constexpr std::size_t kProbeBodyBytes = 256 * 1024;

}  // namespace pintle::net
