// SPDX-License-Identifier: Apache-2.0
//
// What a connection has done so far, as counters, and the same as text for Prometheus.
//
// Threads: values and pure functions.

/// @file
/// @snippet reference/log.cpp counters

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <pintle/core/base/layer.h>

namespace pintle {

/// Why an open WebSocket ended although the app did not close it.
enum class LossCause : std::uint8_t {
  closed,      ///< The gateway closed it, with a close frame.
  broken,      ///< It ended without a close frame: a reset, a proxy, a crash.
  silent,      ///< The peer answered no ping in time.
  protocol,    ///< The peer broke the protocol, or a message was above a limit.
  credential,  ///< The gateway closed it because the credential ended.
  host_guard,  ///< The gateway closed it because of its host or origin.
};

inline constexpr std::size_t kLossCauses = 6;

/// Returns "closed", "broken", …, "host-guard".
const char* name_of(LossCause cause) noexcept;

/// The statuses of responses; a 101 counts as 2xx.
enum class StatusClass : std::uint8_t {
  success_2xx,
  redirect_3xx,
  client_error_4xx,
  server_error_5xx
};

inline constexpr std::size_t kStatusClasses = 4;

/// Returns "2xx", …, "5xx".
const char* name_of(StatusClass status) noexcept;

/// The counters of a Connection, of the live connections that it started, and of its brokers. Each
/// grows only, from 0 when the connection is opened. They are read one by one: while requests are
/// in progress, one may be ahead of another.
struct ConnectionCounters {
  /// Dials of live connections and of a broker's clients, each with its outcome: one that is in
  /// progress is in neither.
  std::uint64_t dials = 0;         ///< Those that opened a WebSocket.
  std::uint64_t dials_failed = 0;  ///< By an error, or by a response other than 101.
  /// Of live connections, by LossCause: how a WebSocket of a broker's client ends is between that
  /// and the gateway.
  std::array<std::uint64_t, kLossCauses> losses{};
  std::uint64_t tickets_minted = 0;  ///< Single-use WebSocket URLs.
  std::uint64_t refreshes = 0;       ///< Renewals of the session that succeeded.
  std::uint64_t refreshes_failed = 0;

  /// HTTP exchanges, those of probes, sign-ins and upgrades included: by the status of the
  /// response, or by the layer of the error if there was none (`index_of`).
  std::array<std::uint64_t, kStatusClasses> responses{};
  std::array<std::uint64_t, detail::kLayerNames.size()> request_errors{};
  std::uint64_t connects = 0;  ///< TCP connections, each for one exchange or several.

  /// Of HTTP and WebSockets, without TLS: heads, bodies and frames. Bytes.
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  /// The largest size so far of a live connection's queues. Bytes.
  std::uint64_t send_queue_peak_bytes = 0;
  std::uint64_t receive_queue_peak_bytes = 0;

  std::uint64_t operator[](LossCause cause) const noexcept {
    return losses[static_cast<std::size_t>(cause)];
  }
  std::uint64_t operator[](StatusClass status) const noexcept {
    return responses[static_cast<std::size_t>(status)];
  }
  std::uint64_t operator[](Layer layer) const noexcept { return request_errors[index_of(layer)]; }

  /// The place of a layer in `request_errors`.
  static constexpr std::size_t index_of(Layer layer) noexcept {
    return static_cast<std::size_t>(layer) - static_cast<std::size_t>(kFirstLayer);
  }

  friend bool operator==(const ConnectionCounters&, const ConnectionCounters&) = default;
};

/// The counters of one connection, and what it is called.
struct NamedCounters {
  std::string connection;
  ConnectionCounters counters;
};

/// Returns the counters in the text format 0.0.4 of Prometheus, each metric with the label
/// `connection`. Serve it as "text/plain; version=0.0.4; charset=utf-8". The names of the
/// connections must differ.
std::string prometheus_text(std::span<const NamedCounters> connections);

}  // namespace pintle
