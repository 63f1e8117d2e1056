// SPDX-License-Identifier: Apache-2.0
//
// Streamed request and response bodies.
//
// Threads: an exchange calls its source and its sink on its own thread.

/// @file
/// @snippet reference/host.cpp body

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include <pintle/core/http/headers.h>

namespace pintle {

/// The body of a request, read while it is sent. Its functions may throw Error, which ends the
/// exchange.
class BodySource {
 public:
  /// The size of a body that is not known before it ends: it is sent in chunks (RFC 9112 7.1).
  static constexpr std::uint64_t kUnknownSize = std::numeric_limits<std::uint64_t>::max();

  virtual ~BodySource() = default;
  /// Returns the size of the whole body in bytes (the Content-Length), or `kUnknownSize`. Must not
  /// change.
  virtual std::uint64_t size() const = 0;
  /// Writes to the front of `buffer` and returns the number of bytes; 0 only at the end. If the
  /// body ends before `size()`, the exchange fails with an Error(store).
  virtual std::size_t read(std::span<char> buffer) = 0;
  /// Blocks until `read` would not block, or until the socket `peer` is readable; returns false in
  /// the second case: the server may have answered already (413), and then no more is read.
  /// Override it if `read` may block for long. The default returns true at once.
  virtual bool wait(int peer) {
    static_cast<void>(peer);
    return true;
  }
  /// Rewinds, to resend the request. If it returns false, the request is not resent.
  virtual bool rewind() = 0;
};

/// Receives the decoded body of a response, piece by piece. Its functions may throw Error, which
/// ends the exchange.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// Called with each response's status and header, before its body. If it returns false, the body
  /// is stored in `HttpResponse::body`, as without a sink. An override should return false for
  /// every response that is not 2xx: errors are read from `HttpResponse::body`.
  virtual bool accepts(const HttpResponse& head) { return head.ok(); }
  virtual void write(std::string_view piece) = 0;
};

/// The body streams of one exchange; by default bodies are in memory. The caller owns both.
struct BodyStreams {
  BodySource* source = nullptr;  ///< Sent instead of `HttpRequest::body`.
  BodySink* sink = nullptr;
  /// The maximum size of a response body, in bytes after decoding. If not set: 16 MiB in memory, no
  /// limit for a sink.
  std::optional<std::uint64_t> max_body_bytes{};
};

}  // namespace pintle
