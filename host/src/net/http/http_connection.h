// SPDX-License-Identifier: Apache-2.0
//
// One HTTP/1.1 connection: a request goes out, its answer comes in whole or not at all.
//
// It stands on Poco's sockets and not on its HTTPClientSession, which takes a head or a chunked
// body that was cut off for a whole one, and reconnects behind its owner's back.
//
// Threads: one at a time; cancel through the limits' token or the watch.

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
#include "net/http/body_receiver.h"
#include "net/http/http_head.h"
#include "net/limits.h"
#include "net/stream.h"
#include "net/watchdog.h"

namespace pintle::net {

/// A request as it goes out. The views outlive the exchange.
struct WireRequest {
  std::string_view method;
  std::string_view target;  ///< For errors, which leave its query out.
  std::string_view head;    ///< Request line and fields, the empty line included.
  std::string_view body;
  BodySource* source = nullptr;  ///< Sent in place of `body`.
  BodySink* sink = nullptr;
  bool decodes = false;  ///< The answer's Content-Encoding is to be undone.
  bool upgrade = false;  ///< A 101 is an answer to it.
  /// Another request stands behind this one in `head`: its answer comes on the same connection.
  bool has_next = false;
  /// It went out with the one before.
  bool is_sent = false;
};

class HttpConnection {
 public:
  /// Takes the stream over. `watch` outlives this, and is attached to the stream meanwhile.
  HttpConnection(Stream stream, Watch& watch);

  /// Sends the request and reads its answer, whatever its status; 1xx answers but 101 are skipped.
  /// A peer that answers before it has all of a large request is sent no more of it.
  /// Throws Error(tcp) where the connection broke, fell silent or was cancelled, and
  /// Error(protocol) where the answer is not HTTP/1.1 or above a limit. After an error the
  /// connection is of no more use.
  HttpResponse exchange(const WireRequest& request, const ExchangeLimits& limits,
                        TimePoint total_deadline);

  /// True where the last exchange left the connection fit for another one.
  bool reusable() const noexcept { return reusable_; }
  /// True where any byte of the last answer came, a 1xx included.
  bool heard() const noexcept { return heard_; }
  /// True where the last exchange was ended by its own limits or its token.
  bool was_stopped() const noexcept { return watch_.cause() != Watch::Cause::none; }

  Stream& stream() noexcept { return stream_; }

  /// Gives the stream away, after a 101 or a tunnel, with the bytes that came behind the answer.
  Stream release(std::string& early);

 private:
  enum class Phase { sending, waiting, head, body };

  bool send(const WireRequest& request);
  bool send_source(BodySource& source);
  bool send_watching(std::string_view bytes);
  bool answer_began();
  ResponseHead read_head(const ExchangeLimits& limits);
  void read_body(const BodyFraming& framing, BodyReceiver& body);
  void read_fixed(std::uint64_t size, BodyReceiver& body);
  void read_chunked(BodyReceiver& body);
  void read_until_close(BodyReceiver& body);
  std::size_t read(char* data, std::size_t size);
  std::string_view receive(std::uint64_t max);
  bool fill_head();
  Error explain(const Error& cause, const WireRequest& request) const;

  Stream stream_;
  Watch& watch_;
  std::optional<Attached> attached_;
  std::string in_;                // What came and was not asked for yet.
  std::unique_ptr<char[]> room_;  // of a body that moves; none between exchanges
  TimePoint total_deadline_ = kNever;
  std::chrono::milliseconds total_limit_{};
  std::chrono::milliseconds limit_{};  // The one that is running, for errors.
  Phase phase_ = Phase::sending;
  bool heard_ = false;
  bool answered_ = false;  // Once, on this connection.
  bool reusable_ = false;
  AdaptiveSpin adaptive_spin_;  // for a first byte
};

}  // namespace pintle::net
