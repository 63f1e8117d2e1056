// SPDX-License-Identifier: Apache-2.0
//
// How long and how much an exchange may take, and the token that ends it early.
//
// Threads: values.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stop_token>

namespace pintle::net {

/// Ends an exchange from any thread: the source's `request_stop()` makes it fail promptly.
using CancelToken = std::stop_token;
using CancelSource = std::stop_source;

/// The longest that each phase of a new connection may take; the exchange's own total limit stands
/// above them all.
struct ConnectLimits {
  std::chrono::milliseconds dns{10'000};
  std::chrono::milliseconds tcp{10'000};
  /// For each address but the last, where a name has several: a dead one must not use up the rest.
  std::chrono::milliseconds per_address{2'000};
  std::chrono::milliseconds proxy{10'000};
  std::chrono::milliseconds tls{10'000};
};

/// Above a size the answer is an Error(protocol), above a time an Error(tcp).
struct ExchangeLimits {
  std::chrono::milliseconds first_byte{30'000};  ///< From the request sent to the answer's begin.
  std::chrono::milliseconds total{60'000};       ///< All of it, a new connection included.
  std::size_t head_bytes = 64 * 1024;
  std::size_t head_fields = 128;
  /// Of an answer's body, after decoding: one that is kept in memory, and one that goes to a sink.
  std::uint64_t body_bytes = 16 * 1024 * 1024;
  std::uint64_t sink_bytes = std::numeric_limits<std::uint64_t>::max();
  /// What to do where a body is above its limit.
  const char* body_hint = "Check that the URL is the gateway's.";
  /// True where the request may be sent twice although its method does not say so.
  bool may_repeat = false;
  /// Nothing is known of the port yet: a failure may cost one more connection, to find out whether
  /// it speaks the other scheme.
  bool first_contact = false;
  CancelToken cancel{};
};

/// The body limit of a probe: what answers may not be a gateway at all.
inline constexpr std::size_t kProbeBodyBytes = 256 * 1024;

}  // namespace pintle::net
