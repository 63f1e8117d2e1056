// SPDX-License-Identifier: Apache-2.0
//
// A live connection: one WebSocket to the gateway that comes back by itself, with its events, its
// requests and their answers.
//
//     auto live = connection.live();                      // connects in the background
//     const auto sessions = live.rpc("session.list", "{}");
//     while (const auto event = live.next(-1)) …
//
// Events are pulled with `next` (any thread, or a loop of the app's own that watches `fd`), or
// pushed to callbacks, on the I/O thread or through the app's executor: see LiveCallbacks.
//
// Threads: any, at the same time, except where a function says otherwise. All live connections of
// a host share one I/O thread; connecting is done by a few others.

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
  /// Ends at once, without the closing handshake; what waits for an answer is told so first. When
  /// it returns no callback runs or will run; inside of a callback it waits for nothing.
  ~LiveConnection();

  LiveState state() const;

  /// Sends a request as soon as the connection is ready. Its answer goes to `done`, once, where all
  /// callbacks go (without any: on the I/O thread); without `done` it comes as an event. Gives the
  /// request's id. `params_json` is an object, an array, or empty. Throws Error(config) where it
  /// is neither, Error(websocket) where too much waits to be sent; the `why` of a connection that
  /// needs a sign-in, has failed or is closed.
  std::int64_t request(std::string_view method, std::string_view params_json = {},
                       const CallOptions& options = {},
                       std::function<void(const CallResult&)> done = {});

  /// The same, but `done` runs on the I/O thread whatever the executor is, and must not block.
  std::int64_t request_on_io_thread(std::string_view method, std::string_view params_json,
                                    const CallOptions& options,
                                    std::function<void(const CallResult&)> done);

  /// The same, and waits for the answer: the result's JSON. Throws as `result_of` does, and the
  /// message says where the outcome is unknown. Not on the I/O thread. live_async.h has futures
  /// and coroutines.
  std::string rpc(std::string_view method, std::string_view params_json = {},
                  const CallOptions& options = {});

  /// The same, and says what became of it. Throws as `request` does. Not on the I/O thread.
  CallAnswer ask(std::string_view method, std::string_view params_json = {},
                 const CallOptions& options = {});

  /// Gives up on an answer: `done` is called with what is known. An answer that comes all the same
  /// is an event with the id 0.
  void cancel(std::int64_t id);

  /// Answers a request of the gateway with a JSON value. False where the connection that it came
  /// on (`generation`) is gone. Throws as `request` does.
  bool answer(std::uint64_t generation, std::string_view id_json, std::string_view result_json);
  bool answer_error(std::uint64_t generation, std::string_view id_json, std::int64_t code,
                    std::string_view message);

  /// Sends one message as it is. Throws Error(websocket) where the connection is not ready or too
  /// much waits to be sent already.
  void send(std::string_view bytes, bool is_text = true);
  /// What waits to be sent, in bytes.
  std::size_t unsent_bytes() const noexcept;

  /// The next thing that came, or nothing when `timeout_ms` is over (0: what is there already; -1:
  /// no limit) or `cancel` was stopped. After the state `closed` there is nothing more. One thread
  /// at a time, and only without callbacks: throws Error(config) otherwise.
  std::optional<LiveEvent> next(std::int64_t timeout_ms, const std::stop_token& cancel = {});
  /// Readable while `next` has something, to watch in a loop of the app's own: call `next(0)` until
  /// it gives nothing. Never read from it. -1 with callbacks.
  int fd() const noexcept;

  /// Waits until it is ready (-1: no limit). Throws the `why` of a state that is latched, and
  /// Error(tcp) when `timeout_ms` is over or `cancel` was stopped. Not on the I/O thread.
  void wait_until_ready(std::int64_t timeout_ms, const std::stop_token& cancel = {});

  /// Dials now where it waits, needs a sign-in, or has failed.
  void retry_now();

  /// Begins an orderly end from whatever state: what `send` was given is sent first, and the state
  /// `closed` comes with the peer's answer, or 3 seconds after the peer last took something of it,
  /// and after 33 seconds in any case. What waits for an answer is told so. Throws Error(config)
  /// for a code that may not be sent (RFC 6455 7.4), and a reason that is not UTF-8.
  void close(std::uint16_t code = 1000, std::string_view reason = {});

  /// Messages that were no JSON-RPC, so far.
  std::uint64_t malformed_count() const noexcept;

  class Impl;
  explicit LiveConnection(std::shared_ptr<Impl> impl);

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace pintle
