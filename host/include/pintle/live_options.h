// SPDX-License-Identifier: Apache-2.0
//
// The options of a live connection and of its requests, and its callbacks.
//
// Threads: values; a callback says on which thread it runs.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/live_event.h>
#include <pintle/live_state.h>

namespace pintle {

struct CallOptions {
  /// From the call to its answer, a wait for the connection to be ready included. -1: no limit.
  /// Milliseconds.
  std::int64_t timeout_ms = 60'000;
  /// True where doing it twice does no harm: it is sent again after a drop. Nothing else ever is.
  bool idempotent = false;
  /// Ends the wait for the answer; what was sent may be carried out all the same.
  std::stop_token cancel{};
};

/// What is known when a connection comes back, for `LiveOptions::on_resume`.
struct Resumption {
  /// Since the connection was lost. The gateway keeps a session for 20 s (gateway-contract 6).
  std::int64_t away_ms = 0;
  std::uint64_t generation = 0;
  /// What the gateway said with `gateway.ready`: a changed `replay_epoch` means that it restarted.
  std::string_view greeting{};
  /// The last `seq` seen of each session of the lost connection, of up to 256.
  const std::map<std::string, std::int64_t, std::less<>>* last_seq = nullptr;
};

struct LiveRequest {
  std::string method;
  std::string params_json{};
  /// May be empty: then its answer comes as an event.
  std::function<void(const CallResult&)> done{};
};

struct LiveOptions {
  std::string path = "/api/ws";
  std::vector<std::pair<std::string, std::string>> query{};
  /// An Origin to send; none by default (gateway-contract 6: a native client sends none).
  std::string origin{};

  enum class Content : std::uint8_t {
    json_rpc,  ///< JSON-RPC 2.0, one text frame a message.
    messages,  ///< Whatever comes, whole.
    pieces,    ///< Whatever comes, as it comes: nothing is kept of a large message.
  };
  Content content = Content::json_rpc;
  /// The longest message that is accepted, in bytes; 512 MiB at most. In `pieces` too.
  std::uint64_t max_message_bytes = std::uint64_t{64} << 20;
  /// Offers permessage-deflate (RFC 7692). Off by default: where the gateway takes it, a connection
  /// that has sent and received keeps 0.3 MB. Never offered with `pieces`.
  bool offer_deflate = false;

  /// How long to wait for `gateway.ready`: older gateways send none, and then the open connection
  /// is ready after this. Milliseconds.
  std::int64_t ready_timeout_ms = 1'000;
  /// After so long without a byte the peer is asked with a ping, and after as long again given up.
  /// It pings every 20 s by itself (gateway-contract 6). Milliseconds.
  std::int64_t ping_after_idle_ms = 30'000;
  /// Where the gateway says that it has `gateway.ping`, it is called after so long without a
  /// message, and the connection given up where no message comes for as long again: a proxy may
  /// answer pings for a gateway that hangs. 0: never. Milliseconds.
  std::int64_t heartbeat_ms = 30'000;

  /// False: the first failure or loss is the end (`closed`, with `why`), a missing sign-in too.
  bool reconnect = true;
  /// The first wait, and the longest; each a random part of it (Backoff). A gateway that asks for a
  /// longer one (Retry-After) gets it. Milliseconds.
  std::int64_t initial_backoff_ms = 250;
  std::int64_t max_backoff_ms = 30'000;
  /// The waits begin anew only after a connection that lived so long. Milliseconds.
  std::int64_t backoff_reset_after_ms = 30'000;

  /// What may wait to be sent, in bytes; above it `request` and `send` throw.
  std::size_t max_send_queue_bytes = std::size_t{64} << 20;
  /// What may wait for the app in `next` or its executor, in bytes; above it nothing more is read
  /// from the socket, and the gateway feels it. While a thread waits in `rpc` or for a future, 64
  /// MiB: it may be the one that takes. Who pulls nothing should set callbacks.
  std::size_t max_receive_queue_bytes = std::size_t{8} << 20;

  /// Called on the I/O thread when the connection is ready again after a loss; the requests that it
  /// gives are sent before all others: `session.resume`. Must not block or throw.
  std::function<std::vector<LiveRequest>(const Resumption&)> on_resume{};
};

/// Runs a task soon, on a thread of the app's choice: one after another, in the order given. Must
/// not throw.
using Executor = std::function<void(std::function<void()> task)>;

/// Where what comes goes to. Without any callback it is kept for `LiveConnection::next`.
///
/// Callbacks run one at a time: on the I/O thread, where they must not block (a blocked one holds
/// all live connections of the host), or through `executor`. They must not throw. They may call
/// anything of their LiveConnection but `rpc` and `next`, and destroy it.
struct LiveCallbacks {
  std::function<void(const LiveState&)> on_state{};
  /// Everything but states, messages and pieces.
  std::function<void(const LiveEvent&)> on_event{};
  /// Messages and pieces, whose `bytes` are good until it returns.
  std::function<void(std::string_view bytes, LivePart part)> on_message{};
  /// Empty: the I/O thread.
  Executor executor{};

  bool empty() const noexcept { return !on_state && !on_event && !on_message; }
};

}  // namespace pintle
