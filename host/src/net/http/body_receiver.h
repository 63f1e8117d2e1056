// SPDX-License-Identifier: Apache-2.0
//
// Where the body of an answer goes as it comes off the wire: decoded, within the limit, to a sink
// or into memory.
//
// Threads: one at a time.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/http/content_decoder.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/http/http_body.h>

#include "net/limits.h"

namespace pintle::net {

class BodyReceiver {
 public:
  /// For the answer whose head `response` is. If its content is to be decoded, the fields that say
  /// how it was encoded are removed. `sink` may be null. Throws Error(protocol) for a coding that
  /// is not known, and what the sink throws.
  BodyReceiver(HttpResponse& response, BodySink* sink, bool decodes, const ExchangeLimits& limits);

  /// The body will have this many bytes, as it is sent. Throws Error(protocol) above the limit.
  void announce(std::uint64_t size) const;
  /// A piece of the body as it is sent. Throws Error(protocol), and what the sink throws.
  void take(std::string_view piece);
  /// The body has ended. Throws Error(protocol) if its content was cut off.
  void finish() const;

 private:
  void put(std::string_view piece);
  Error too_large() const;

  HttpResponse& response_;
  BodySink* sink_;
  const ExchangeLimits& limits_;
  std::uint64_t max_bytes_;
  std::optional<ContentDecoder> decoder_;
  std::uint64_t received_ = 0;
  std::uint64_t decoded_ = 0;
};

}  // namespace pintle::net
