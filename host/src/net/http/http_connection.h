// SPDX-License-Identifier: Apache-2.0
//
// One HTTP/1.1 connection: sends a request and returns its complete answer, or throws.
//
// Uses Poco's sockets, but not its HTTPClientSession, which accepts a truncated head or chunked
// body as complete, and reconnects without notice.
//
// Threads: one at a time; cancel with the limits' token or the watch.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/http/http_body.h>

#include "base/adaptive_spin.h"
#include "net/http/http_head.h"
#include "net/limits.h"
#include "net/stream.h"
#include "net/watchdog.h"

namespace pintle::net {

/// A request as it is sent. The viewed texts must outlive the exchange.
struct WireRequest {
  std::string_view method;
  std::string_view target;  ///< For errors, which omit its query.
  std::string_view head;    ///< Request line and fields, with the empty line.
  std::string_view body;
  std::string_view traceparent{};  ///< Its header of that name, for the log.
  BodySource* source = nullptr;    ///< Sent instead of `body`.
  BodySink* sink = nullptr;
  bool decodes = false;  ///< Decode the answer's Content-Encoding.
  bool upgrade = false;  ///< Accept a 101 as the answer.
  /// `head` contains a second request, whose answer follows on the same connection.
  bool has_next = false;
  /// It was sent with the previous request.
  bool is_sent = false;
};

/// What one exchange moved, heads and bodies, in bytes without TLS, and when.
struct ExchangeMeter {
  TimePoint begin{};       ///< When sending began.
  TimePoint first_byte{};  ///< Of the response; the epoch if none was received.
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
};

class HttpConnection {
 public:
  /// Takes ownership of the stream. `watch` must outlive this and stays attached to the stream.
  HttpConnection(Stream stream, Watch& watch);

  /// Sends the request and returns its answer, whatever its status; skips 1xx answers but 101.
  /// Stops sending if the peer answers before it has received a large request, and waiting for its
  /// source. Throws Error(tcp) if the connection breaks, times out or is cancelled, and
  /// Error(protocol) if the answer is not HTTP/1.1 or above a limit. After an error the connection
  /// is unusable.
  HttpResponse exchange(const WireRequest& request, const ExchangeLimits& limits,
                        TimePoint total_deadline);

  /// Returns whether the connection can be used for another exchange.
  bool reusable() const noexcept { return reusable_; }
  /// Returns whether any byte of the last answer was received, including a 1xx.
  bool has_received() const noexcept { return has_received_; }
  /// Returns whether the last exchange was stopped by its limits or its token.
  bool was_stopped() const noexcept { return watch_.cause() != Watch::Cause::none; }

  Stream& stream() noexcept { return stream_; }

  /// Returns what the last exchange moved, whether it failed or not.
  const ExchangeMeter& meter() const noexcept { return meter_; }

  /// Releases the stream after a 101 or a tunnel; `early` receives the bytes after the answer.
  Stream release(std::string& early);

 private:
  enum class Phase { sending, waiting, head, body };

  bool send(const WireRequest& request);
  bool send_source(BodySource& source);
  bool send_chunks(BodySource& source);
  bool send_watching(std::string_view bytes);
  bool wait_for(BodySource& source);
  bool answer_began();
  void note_received(std::size_t size);
  ResponseHead read_head(const ExchangeLimits& limits);
  std::size_t read(char* data, std::size_t size);
  std::string_view receive(std::uint64_t max);
  bool fill_head();
  void drop_body_buffer() noexcept;
  void limit_body();
  Error explain(const Error& cause, const WireRequest& request) const;

  Stream stream_;
  Watch& watch_;
  std::optional<Attached> attached_;
  std::string in_;                       // Received and not consumed yet.
  std::unique_ptr<char[]> body_buffer_;  // Buffer for a body; null between exchanges.
  std::size_t body_used_ = 0;            // By a response.
  TimePoint total_deadline_ = kNever;
  std::chrono::milliseconds total_limit_{};
  std::chrono::milliseconds idle_limit_{};
  std::chrono::milliseconds limit_{};  // The current one, for errors.
  ExchangeMeter meter_;
  Phase phase_ = Phase::sending;
  bool has_received_ = false;
  bool answered_ = false;  // At least once on this connection.
  bool reusable_ = false;
  AdaptiveSpin adaptive_spin_;  // for a first byte
};

}  // namespace pintle::net
