// SPDX-License-Identifier: Apache-2.0
//
// The options and callbacks of a live connection, and the options of its requests.
//
// Threads: values. Each callback documents the thread it runs on.

/// @file
/// @snippet reference/live.cpp options

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/live_event.h>
#include <pintle/live_state.h>

namespace pintle {

struct CallOptions {
  /// From the call to the response, including the wait for the connection to be ready. -1: no
  /// limit. Milliseconds.
  std::int64_t timeout_ms = 60'000;
  /// The request is safe to execute twice: it is sent again after a connection loss. Other requests
  /// are never sent again.
  bool idempotent = false;
  /// Ends the wait for the response. A request that was sent may still be executed.
  std::stop_token cancel{};
};

/// Passed to `LiveOptions::on_resume` when the connection is ready again after a loss.
struct Resumption {
  /// Milliseconds since the connection was lost. The gateway keeps a session for 20 s
  /// (gateway-contract 6).
  std::int64_t away_ms = 0;
  std::uint64_t generation = 0;
  /// The payload of `gateway.ready`. If its `replay_epoch` changed, the gateway has restarted.
  std::string_view greeting{};
  /// The last `seq` of each session of the lost connection; at most 256 sessions.
  const std::map<std::string, std::int64_t, std::less<>>* last_seq = nullptr;
};

struct LiveRequest {
  std::string method;
  std::string params_json{};
  /// If empty, the response is delivered as an event.
  std::function<void(const CallResult&)> done{};
};

struct LiveOptions {
  /// The WebSocket's path; empty: that of the gateway's profile ("/api/ws").
  std::string path{};
  std::vector<std::pair<std::string, std::string>> query{};
  /// The Origin header; empty: not sent (gateway-contract 6: a native client sends none).
  std::string origin{};
  /// The W3C `traceparent` of each dial's upgrade; empty: none, or a new one for each dial
  /// (HostOptions::trace_context).
  std::string traceparent{};

  enum class Content : std::uint8_t {
    json_rpc,  ///< JSON-RPC 2.0, one text frame per message.
    messages,  ///< Any content, whole messages.
    pieces,    ///< Any content, in pieces as received: large messages are not buffered.
  };
  /// Unset: what the gateway's profile says.
  std::optional<Content> content{};
  /// The largest accepted message, in bytes; at most 512 MiB. Also applies to `pieces`.
  std::uint64_t max_message_bytes = std::uint64_t{64} << 20;
  /// Offers permessage-deflate (RFC 7692), except with `pieces`. Off by default: if the gateway
  /// accepts it, a connection that has sent and received uses 0.3 MB more.
  bool offer_deflate = false;

  /// How long to wait for `gateway.ready` of a Hermes gateway. Older ones do not send it; the open
  /// connection is then ready after this time. Milliseconds. Other profiles have their own.
  std::int64_t ready_timeout_ms = 1'000;
  /// Sends a ping if no byte is received for this long, and drops the connection after as long
  /// again. The gateway itself pings every 20 s (gateway-contract 6). Milliseconds.
  std::int64_t ping_after_idle_ms = 30'000;
  /// Calls `gateway.ping`, if the gateway supports it, when no message is received for this long,
  /// and drops the connection after as long again: a proxy may answer pings for a gateway that
  /// hangs. 0: never. Milliseconds.
  std::int64_t heartbeat_ms = 30'000;

  /// If false, the first failure or loss closes the connection (`closed`, with `why`), including a
  /// missing sign-in.
  bool reconnect = true;
  /// The first and the longest backoff, both with jitter (Backoff). A longer Retry-After of the
  /// gateway takes precedence. Milliseconds.
  std::int64_t initial_backoff_ms = 250;
  std::int64_t max_backoff_ms = 30'000;
  /// A connection must live this long to reset the backoff. Milliseconds.
  std::int64_t backoff_reset_after_ms = 30'000;

  /// The capacity of the send queue, in bytes. Above it `request` and `send` throw.
  std::size_t max_send_queue_bytes = std::size_t{64} << 20;
  /// How much may be queued for `next` or the executor, in bytes. Above it reading from the socket
  /// pauses, which applies backpressure to the gateway. The limit is 64 MiB while a thread waits in
  /// `rpc` or for a future: it may be the thread that drains the queue. An app that never calls
  /// `next` should set callbacks.
  std::size_t max_receive_queue_bytes = std::size_t{8} << 20;

  /// Called on the I/O thread when the connection is ready again after a loss. The requests that it
  /// returns, such as `session.resume`, are sent before all others. Must not block or throw.
  std::function<std::vector<LiveRequest>(const Resumption&)> on_resume{};
};

/// Soon runs `task` on a thread of the app's choice. Tasks must run one at a time, in order. Must
/// not throw.
using Executor = std::function<void(std::function<void()> task)>;

/// Receives states, events and messages. If no callback is set, they are queued for
/// `LiveConnection::next`.
///
/// Callbacks run one at a time, on the I/O thread or in `executor`. On the I/O thread they must not
/// block: that blocks all live connections of the host. They must not throw. They may call any
/// function of their LiveConnection except `rpc` and `next`, and may destroy it.
struct LiveCallbacks {
  std::function<void(const LiveState&)> on_state{};
  /// Receives everything except states, messages and pieces.
  std::function<void(const LiveEvent&)> on_event{};
  /// Receives messages and pieces. `bytes` is valid until it returns.
  std::function<void(std::string_view bytes, LivePart part)> on_message{};
  /// Empty: the I/O thread.
  Executor executor{};

  bool empty() const noexcept { return !on_state && !on_event && !on_message; }
};

}  // namespace pintle
