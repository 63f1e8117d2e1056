// SPDX-License-Identifier: Apache-2.0
//
// A live connection: a WebSocket to the gateway that reconnects automatically, with its events,
// requests and responses.
//
//     auto live = connection.live();                      // connects in the background
//     const auto sessions = live.rpc("session.list", "{}");
//     while (const auto event = live.next(-1)) …
//
// Events are pulled with `next` (from any thread, or from an event loop that watches `fd`), or
// pushed to callbacks, on the I/O thread or through the app's executor: see LiveCallbacks.
//
// Threads: any, concurrently, unless a function says otherwise. All live connections of a host
// share one I/O thread; a few other threads connect.

/// @file
/// @snippet reference/live.cpp connection

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <pintle/live_event.h>
#include <pintle/live_options.h>
#include <pintle/live_state.h>

namespace pintle {

class LiveConnection {
 public:
  LiveConnection(LiveConnection&&) noexcept;
  LiveConnection& operator=(LiveConnection&&) noexcept;
  /// Ends at once, without the closing handshake. Pending requests complete as unanswered first.
  /// After it returns, no callback runs. In a callback it does not wait.
  ~LiveConnection();

  LiveState state() const;

  /// Sends a request as soon as the connection is ready. Returns the request's id. `done` is called
  /// once with the outcome, on the thread of the callbacks (or on the I/O thread if there are
  /// none); without `done` the response is delivered as an event. `params_json` is an object, an
  /// array, or empty. Throws Error(config) if it is anything else, Error(websocket) if the send
  /// queue is full, and the state's `why` if the connection needs a sign-in, has failed or is
  /// closed.
  std::int64_t request(std::string_view method, std::string_view params_json = {},
                       const CallOptions& options = {},
                       std::function<void(const CallResult&)> done = {});

  /// Like `request`, but `done` always runs on the I/O thread and must not block.
  std::int64_t request_on_io_thread(std::string_view method, std::string_view params_json,
                                    const CallOptions& options,
                                    std::function<void(const CallResult&)> done);

  /// Sends a request, blocks until the response, and returns the result's JSON. Throws like
  /// `request` and `result_of`; the message says if the outcome is unknown. Do not call on the I/O
  /// thread. See live_async.h for futures and coroutines.
  std::string rpc(std::string_view method, std::string_view params_json = {},
                  const CallOptions& options = {});

  /// Like `rpc`, but returns the outcome instead of throwing it. Throws like `request`. Do not call
  /// on the I/O thread.
  CallAnswer ask(std::string_view method, std::string_view params_json = {},
                 const CallOptions& options = {});

  /// Stops waiting for a response: `done` is called with what is known. A response that still
  /// arrives is an event with the id 0.
  void cancel(std::int64_t id);

  /// Answers a request from the gateway with a JSON value. Returns false if the connection it was
  /// received on (`generation`) is gone. Throws like `request`.
  bool answer(std::uint64_t generation, std::string_view id_json, std::string_view result_json);
  bool answer_error(std::uint64_t generation, std::string_view id_json, std::int64_t code,
                    std::string_view message);

  /// Sends one message unchanged. Throws Error(websocket) if the connection is not ready or the
  /// send queue is full.
  void send(std::string_view bytes, bool is_text = true);
  /// Returns the size of the send queue in bytes.
  std::size_t unsent_bytes() const noexcept;

  /// Waits for the next event. Returns nullopt after `timeout_ms` (0: does not wait; -1: no limit),
  /// on `cancel`, and after the state `closed`. One thread at a time. Throws Error(config) if there
  /// are callbacks.
  std::optional<LiveEvent> next(std::int64_t timeout_ms, const std::stop_token& cancel = {});
  /// Returns a descriptor for the app's event loop, readable while events are queued: then call
  /// `next(0)` until it returns nullopt. Do not read from it. Returns -1 if there are callbacks.
  int fd() const noexcept;

  /// Blocks until the connection is ready (-1: no limit). Throws the state's `why` if the
  /// connection needs a sign-in, has failed or is closed, and Error(tcp) after `timeout_ms` or on
  /// `cancel`. Do not call on the I/O thread.
  void wait_until_ready(std::int64_t timeout_ms, const std::stop_token& cancel = {});

  /// Dials now if the connection is waiting, needs a sign-in, or has failed.
  void retry_now();

  /// Starts the closing handshake, from any state. Queued messages are sent first. The state
  /// `closed` follows the peer's close frame, or comes 3 seconds after the peer last accepted data,
  /// and after 33 seconds in any case. Pending requests complete as unanswered. Throws
  /// Error(config) if the code must not be sent (RFC 6455 7.4) or the reason is not UTF-8.
  void close(std::uint16_t code = 1000, std::string_view reason = {});

  /// Returns how many received messages were not JSON-RPC.
  std::uint64_t malformed_count() const noexcept;

  class Impl;
  explicit LiveConnection(std::shared_ptr<Impl> impl);

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace pintle
