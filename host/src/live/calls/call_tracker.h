// SPDX-License-Identifier: Apache-2.0
//
// The requests of a live connection from their number to their outcome: sent in order, timed out,
// cancelled, answered or lost, and each finished exactly once.
//
// Threads: `number`, `encode` and `make` any; everything else the loop's.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/rpc/json_rpc.h>
#include <pintle/live_options.h>

#include "io/loop.h"
#include "live/calls/pending_calls.h"
#include "live/events/event_dispatcher.h"
#include "live/reconnect_state.h"
#include "live/ws/ws_connection.h"

namespace pintle::live {

class CallTracker {
 public:
  /// All must outlive this. `on_timeout`: called after requests have timed out.
  CallTracker(Loop& loop, EventDispatcher& dispatcher, const ReconnectState& state,
              std::function<void()> on_timeout);

  /// Creates a request with the next id and no message yet, so that it can fail under its id.
  PendingCall number(std::string_view method, Done done);
  /// Writes its message. Throws Error(config) if the parameters are not JSON.
  static void encode(PendingCall& call, std::string_view params_json, const CallOptions& options);
  /// Both at once.
  PendingCall make(std::string_view method, std::string_view params_json,
                   const CallOptions& options, Done done, bool on_loop);
  /// An internal one, whose response is not passed to the app.
  PendingCall make_own(std::string_view method, TimePoint due);

  /// Queues a request for sending; `ahead`: before all others.
  void add(PendingCall call, bool ahead = false);
  /// Sends pending requests as long as the WebSocket accepts more.
  void send_to(WsConnection& ws);
  /// Calls `cancel` when `token` is stopped, if the request is still pending.
  void cancel_with(std::int64_t id, const std::stop_token& token, std::function<void()> cancel);
  /// Removes and returns the request with that response id.
  std::optional<PendingCall> take(const JsonRpcId& id);

  void finish(PendingCall call, const CallResult& result);
  /// Fails a request. If it was sent, it may have been executed.
  void fail(PendingCall call, const Error& why);
  /// Fails a request whose response is malformed.
  void fail_malformed(PendingCall call, std::string_view why);
  void cancel(std::int64_t id);
  /// The connection was lost: fails what was sent and must not be sent again.
  void drop(const Error& why);
  void fail_all(const Error& why);
  void stop_timer() { timer_.unset(); }

  /// Returns the bytes of the requests that wait to be sent.
  std::size_t unsent_bytes() const noexcept { return calls_.unsent_bytes(); }
  /// Returns the number of requests with a waiting thread.
  std::size_t waited_for() const noexcept { return calls_.waited_for(); }

 private:
  void fail_each(std::vector<PendingCall> calls, const Error& why);
  void on_due();

  Loop& loop_;
  EventDispatcher& dispatcher_;
  const ReconnectState& state_;
  const std::function<void()> on_timeout_;
  std::atomic<std::int64_t> last_id_{0};
  PendingCalls calls_;
  Timer timer_;
};

}  // namespace pintle::live
