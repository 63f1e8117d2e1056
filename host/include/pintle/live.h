// A live WebSocket connection: events as they come, JSON-RPC requests, an orderly close.
//
// Driven by whoever owns it, on one thread: wait with `next`, or watch `fd` in a loop of your own
// and call `next(0)` when it is ready. Nothing happens in between, and nothing calls back.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/error.h>

namespace pintle {

struct LiveOptions {
  std::string path = "/api/ws";
  std::vector<std::pair<std::string, std::string>> query{};
  /// The longest message that is accepted, in bytes; 512 MiB at most.
  std::uint64_t most_message_bytes = std::uint64_t{64} << 20;
  /// An Origin to send; none by default (gateway-contract 6: a native client sends none).
  std::string origin{};
  /// How long to wait for `gateway.ready`: older gateways send none, and then the open connection
  /// is ready after this. Milliseconds.
  std::int64_t ready_ms = 1'000;
  /// After so long without a byte the peer is asked with a ping, and after as long again given up.
  /// It pings every 20 s by itself (gateway-contract 6). Milliseconds.
  std::int64_t silent_ms = 30'000;
};

/// The gateway's answer to a request was an error: the request was let in and refused.
class RpcError : public Error {
 public:
  RpcError(std::int64_t code, std::string happened)
      : Error(Layer::protocol, std::move(happened)), code_(code) {}
  /// As JSON-RPC 2.0 5.1 numbers them.
  std::int64_t code() const noexcept { return code_; }

 private:
  std::int64_t code_;
};

struct LiveEvent {
  enum class Kind {
    ready,      ///< The connection can be used; `type` and `json` are empty where nobody said so.
    event,      ///< `type`, `session_id`, `seq`, `json` (the payload).
    result,     ///< `id`, `json` (the result).
    error,      ///< `id`, `code`, `text`, `json` (the data).
    request,    ///< The gateway asks: `id_json`, `type` (the method), `json` (the params).
    malformed,  ///< A message that is none; `text` says why. The connection goes on.
    closed,     ///< The end, once: `code`, `text`, and `failure` where it was no orderly close.
  };

  Kind kind = Kind::event;
  std::int64_t id = 0;  ///< Of the request that it answers; 0 where the id was none of ours.
  std::string id_json;
  std::string type;
  std::string session_id;
  std::optional<std::int64_t> seq;
  std::string json;
  std::int64_t code = 0;
  std::string text;
  std::optional<Error> failure;
};

/// "ready", "event", "result", …
const char* name_of(LiveEvent::Kind kind) noexcept;

class LiveConnection {
 public:
  LiveConnection(LiveConnection&&) noexcept;
  LiveConnection& operator=(LiveConnection&&) noexcept;
  /// Closes at once, without the closing handshake.
  ~LiveConnection();

  /// The next event, or nothing when `most_ms` is over (0: what is there already; -1: no limit).
  /// After `closed` there is nothing more.
  std::optional<LiveEvent> next(std::int64_t most_ms, std::stop_token cancel = {});

  /// Sends a request and gives its id, which its result or error will carry. `params_json` is an
  /// object, an array, or empty. Throws Error(config) where it is neither, Error(websocket) where
  /// the connection is closed.
  std::int64_t request(std::string_view method, std::string_view params_json = {});

  /// Sends a request and waits for its answer; events that come before it are kept for `next`.
  /// Throws RpcError with the gateway's text where the answer is an error; what ended the
  /// connection where it ends first, and Error(tcp) at the time limit: the outcome is then unknown.
  std::string rpc(std::string_view method, std::string_view params_json, std::int64_t most_ms,
                  std::stop_token cancel = {});

  /// Begins an orderly close; `closed` comes with the peer's answer, or after 3 seconds.
  void close(std::uint16_t code = 1000, std::string_view reason = {});

  /// To watch in a loop of one's own: readable, and writable where `wants_write`. Call `next(0)`
  /// until it gives nothing.
  int fd() const noexcept;
  bool wants_write() const noexcept;

  bool is_open() const noexcept;
  /// True where it went over the TCP connection of the exchange before it (design 4.2).
  bool reused_connection() const noexcept;
  /// Messages that were no JSON-RPC, so far.
  std::uint64_t malformed_count() const noexcept;

  struct Parts;
  explicit LiveConnection(std::unique_ptr<Parts> parts);

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace pintle
