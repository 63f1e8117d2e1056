// SPDX-License-Identifier: Apache-2.0
//
// Receives the body of an answer: decodes it, checks the limit, and passes it to a sink or stores
// it in memory.
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
  /// `response` is the answer's head; if `decodes`, removes the fields that describe its encoding.
  /// `sink` may be null. Throws Error(protocol) for an unknown coding, and what the sink throws.
  BodyReceiver(HttpResponse& response, BodySink* sink, bool decodes, const ExchangeLimits& limits);

  /// Checks the body's size as sent. Throws Error(protocol) above the limit.
  void announce(std::uint64_t size) const;
  /// Receives a piece of the body as sent. Throws Error(protocol), and what the sink throws.
  void take(std::string_view piece);
  /// Ends the body. Throws Error(protocol) if its content was cut off.
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
