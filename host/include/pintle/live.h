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
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>

namespace pintle {

/// The gateway's answer to a request was an error: the request was let in and refused.
class RpcError : public Error {
 public:
  RpcError(std::int64_t code, std::string message)
      : Error(Layer::protocol, std::move(message)), code_(code) {}
  /// As JSON-RPC 2.0 5.1 numbers them.
  std::int64_t code() const noexcept { return code_; }

 private:
  std::int64_t code_;
};

/// Where a live connection is in its life (architecture, rule 3).
struct LiveState {
  enum class Kind : std::uint8_t {
    idle,      ///< Not begun.
    probing,   ///< The gateway is asked what it is; once for a connection.
    dialling,  ///< A credential is made and the WebSocket opened.
    ready,     ///< Requests are sent as they are made.
    waiting,   ///< It was lost, and is dialled again after `wait_ms`; `why` says what ended it.
    needs_sign_in,  ///< Latched until a credential changes; `why` names the ways.
    failed,         ///< Latched until `retry_now`: trying again would not help; `why`.
    closed,         ///< The end: `close` was called, or it is not to reconnect and ended.
  };

  Kind kind = Kind::idle;
  /// Counts the dials. What belongs to an older one is never delivered after a newer one's state.
  std::uint64_t generation = 0;
  std::optional<Error> why{};
  /// waiting: from this change of state to the next dial. Milliseconds.
  std::int64_t wait_ms = 0;
  /// waiting, failed, closed: what the peer's close frame said, 1006 where none came (RFC 6455
  /// 7.1.5), and 0 where there was no open WebSocket.
  std::uint16_t close_code = 0;
  std::string close_reason{};
  /// ready: it went over the TCP connection of the exchange before it (architecture, rule 2).
  bool reused_connection = false;
  /// ready: what the gateway said with `gateway.ready`, JSON text; empty where an older gateway
  /// said nothing.
  std::string greeting{};
};

/// "ready", "waiting", "needs-sign-in", …
const char* name_of(LiveState::Kind kind) noexcept;

/// What the bytes of a message or of a piece are.
struct LivePart {
  bool is_text = true;  ///< Text (valid UTF-8 as a whole), or binary.
  bool first = true;    ///< The message begins here; always true for whole ones.
  bool last = true;     ///< The message ends here.
};

/// Something that came. Its texts are good until the callback returns, or until the next `next`.
struct LiveEvent {
  enum class Kind : std::uint8_t {
    state,         ///< `state`.
    event,         ///< `type`, `session_id`, `seq`, `json` (the payload).
    result,        ///< To a request without a callback: `id`, `json` (the result).
    error,         ///< To a request without a callback: `id`, `code`, `text`, `json` (the data).
    unanswered,    ///< To a request without a callback: `id`, `failure`, `was_sent`.
    request,       ///< The gateway asks: `id_json`, `type` (the method), `json`; see `answer`.
    notification,  ///< The gateway tells: `type` (the method), `json` (the params).
    malformed,     ///< A message that is none; `text` says why. The connection goes on.
    message,       ///< LiveOptions::Content::messages: `json` holds its bytes, whatever they are.
    piece,         ///< LiveOptions::Content::pieces: the same for a part of one.
  };

  Kind kind = Kind::event;
  bool was_sent = false;  ///< unanswered: it left, and may have been carried out.
  LivePart part{};        ///< message, piece.
  std::uint64_t generation = 0;
  std::int64_t id = 0;  ///< Of the request that it answers.
  std::int64_t code = 0;
  std::optional<std::int64_t> seq{};
  std::string_view id_json{};
  std::string_view type{};
  std::string_view session_id{};
  std::string_view json{};
  std::string_view text{};
  const LiveState* state = nullptr;
  const Error* failure = nullptr;
};

/// "state", "event", "result", …
const char* name_of(LiveEvent::Kind kind) noexcept;

/// What became of a request. Its texts are good until the callback returns.
struct CallResult {
  enum class Kind : std::uint8_t {
    result,   ///< `json`.
    refused,  ///< The gateway's answer is an error: `code`, `text`, `json` (the data).
    unsent,   ///< It never left: `error` says why. Sending it again is safe.
    unknown,  ///< It left, and no answer came in time or before the connection was lost, or a
              ///< malformed one: `error`.
  };

  Kind kind = Kind::result;
  std::int64_t code = 0;
  std::string_view json{};
  std::string_view text{};
  const Error* error = nullptr;
};

/// The same of a request that was waited for, with texts of its own.
struct CallAnswer {
  CallResult::Kind kind = CallResult::Kind::result;
  std::int64_t code = 0;
  std::string json{};
  std::string text{};
  std::optional<Error> error{};
};

/// The result's JSON. Throws RpcError with the gateway's text where it was refused, and `error`
/// where it was not sent or not answered.
std::string result_of(const CallResult& result, std::string_view method);

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
