// SPDX-License-Identifier: Apache-2.0
//
// The broker: a local address at which other programs reach the gateway of a connection, with its
// credential and without knowing it.
//
// REST in any method and the WebSocket of any path are passed on, bodies in both directions as they
// come. To its clients the broker looks like a gateway whose gate is off: it has a local token of
// its own, new for each broker, in place of the gateway's credential.
//
// Who may use it: requests to the broker's own Host, from no page of another origin, by this user,
// with the local token (docs/broker.md).
//
// Threads: any, at the same time. It has threads of its own: one that accepts connections, up
// to four that pass WebSockets on, and one for each REST request that is in progress.

/// @file
/// @snippet reference/broker.cpp broker

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <pintle/connection.h>
#include <pintle/core/base/secret.h>

namespace pintle {

struct BrokerOptions {
  enum class As : std::uint8_t {
    token,  ///< Clients need the local token, as a gateway's session token.
    open,   ///< No token: every program of this user may use it. Needs a system that tells whose a
            ///< connection is.
  };

  /// "127.0.0.1:PORT", "[::1]:PORT", or "unix:PATH" in a folder that only this user may write, as
  /// nobody else but root may those above it. Port 0: a free one.
  std::string listen = "127.0.0.1:0";
  As as = As::token;
  /// True: `listen` may be an address that other machines can reach. Everything is sent to them in
  /// plain text, the token included; As::open is refused.
  bool allow_other_machines = false;

  /// Above it, new connections are refused with a 503.
  std::size_t max_connections = 10'000;
  /// REST requests in progress at the same time, each on a thread. As many again wait; above that
  /// they are refused with a 503.
  std::size_t max_requests = 512;
  /// How long a connection may wait for its next request, and for the rest of a head. Milliseconds.
  std::int64_t idle_timeout_ms = 75'000;
  std::int64_t head_timeout_ms = 10'000;
  /// How long `stop` lets requests and WebSockets end by themselves. Milliseconds.
  std::int64_t grace_ms = 2'000;
};

/// Each counter grows only; each gauge is the number at this time.
struct BrokerCounters {
  std::uint64_t connections = 0;          ///< Accepted.
  std::uint64_t connections_refused = 0;  ///< Above a limit.
  std::uint64_t requests = 0;             ///< REST requests and upgrades that were let in.
  std::uint64_t requests_refused = 0;     ///< Wrong Host, Origin, user or token.
  std::uint64_t requests_invalid = 0;     ///< Not HTTP, or a form that is refused.
  std::uint64_t requests_failed = 0;      ///< The gateway gave no response.
  std::uint64_t websockets = 0;           ///< Opened.
  std::uint64_t connections_open = 0;     ///< Gauge, without WebSockets and those that are closing.
  std::uint64_t requests_open = 0;        ///< Gauge.
  std::uint64_t websockets_open = 0;      ///< Gauge.
};

class Broker {
 public:
  /// Begins to listen. Sends nothing to the gateway before a client does. Keeps what it needs of
  /// `connection`, which may be destroyed. Throws Error(config) for an option that is refused,
  /// Error(tcp) if the address is in use or the system refuses it.
  explicit Broker(const Connection& connection, const BrokerOptions& options = {});
  /// Stops, as `stop` does.
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  /// Returns the address for clients, "http://127.0.0.1:40123". For a Unix socket it is
  /// "http://localhost", and `socket_path` says where.
  const std::string& url() const noexcept;
  /// Returns the path of the Unix socket, without symbolic links; empty for a port.
  const std::string& socket_path() const noexcept;
  /// Returns the local token; empty for As::open.
  const Secret& token() const noexcept;

  BrokerCounters counters() const;
  /// Returns these counters and the connection's in the text format of Prometheus, as at the
  /// broker's path /metrics.
  std::string metrics() const;

  /// Stops listening, lets what is in progress end within `grace_ms` and then ends it: WebSockets
  /// with a close frame (1001). Blocks until all has ended. Does nothing if it was stopped.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pintle
