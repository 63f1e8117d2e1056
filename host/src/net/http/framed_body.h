// SPDX-License-Identifier: Apache-2.0
//
// Reads the body of one answer from its connection up to the end that the head announced: a length,
// the last chunk, or the end of the stream (RFC 9112 6.3). A body that ends earlier is an error.
//
// Threads: that of the exchange, which alone calls it. `receive` is called on it and may block.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/core/base/error.h>

#include "net/http/body_receiver.h"
#include "net/http/http_head.h"

namespace pintle::net {

class FramedBody {
 public:
  /// Returns the next bytes of the stream, at most `max`; empty at its end. Valid until the next
  /// call.
  using Receive = std::function<std::string_view(std::uint64_t max)>;

  /// `received`: the bytes behind the head. What follows the body is left there. `peer`: for
  /// errors. Both must outlive this.
  FramedBody(std::string& received, const std::string& peer, Receive receive)
      : received_(received), peer_(peer), receive_(std::move(receive)) {}

  /// Passes the body to `body`. Throws Error(tcp) if the stream ends within it, Error(protocol) if
  /// it is malformed, and what `body` and `receive` throw.
  void read(const BodyFraming& framing, BodyReceiver& body);

 private:
  void read_fixed(std::uint64_t size, BodyReceiver& body);
  void read_chunked(BodyReceiver& body);
  void read_until_close(BodyReceiver& body);

  std::string& received_;
  const std::string& peer_;
  const Receive receive_;
};

/// Returns the error for an answer that was cut off: `peer` closed the connection `where`, such as
/// "within the answer's head".
Error cut_off_error(const std::string& peer, const std::string& where);

}  // namespace pintle::net
