// SPDX-License-Identifier: Apache-2.0
//
// The bodies of an exchange that do not fit into memory, or are wanted as they come.
//
// Threads: an exchange calls its source and its sink on the thread that it runs on.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <pintle/core/http/headers.h>

namespace pintle {

/// The body of a request, read while it is sent. Its functions may throw Error, which ends the
/// exchange.
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// The whole body in bytes: the Content-Length. Always the same.
  virtual std::uint64_t size() const = 0;
  /// Fills the front of `room` and returns how many bytes it took; 0 only at the end. An end before
  /// `size()` ends the exchange with an Error(store).
  virtual std::size_t read(std::span<char> room) = 0;
  /// Starts over, because the request is sent again. False if that cannot be done: then it is not.
  virtual bool rewind() = 0;
};

/// Receives the body of an answer, decoded, piece by piece. Its functions may throw Error, which
/// ends the exchange.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// The answer's head came. False: its body goes to `HttpResponse::body`, as without a sink; that
  /// of an answer that is not 2xx always should.
  virtual bool accepts(const HttpResponse& head) { return head.ok(); }
  virtual void write(std::string_view piece) = 0;
};

/// How the bodies of one exchange travel; by default in memory. The caller owns both.
struct BodyStreams {
  BodySource* source = nullptr;  ///< Sent in place of `HttpRequest::body`.
  BodySink* sink = nullptr;
  /// The longest body of an answer that is accepted, in bytes after decoding. If not set: 16 MiB
  /// for one that is kept in memory, no limit for a sink.
  std::optional<std::uint64_t> max_body_bytes{};
};

}  // namespace pintle
