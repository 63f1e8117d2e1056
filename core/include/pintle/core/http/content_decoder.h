// SPDX-License-Identifier: Apache-2.0
//
// Undoes the Content-Encoding of a body, piece by piece (RFC 9110 8.4).
//
// Threads: one at a time.

/// @file
/// @snippet reference/http.cpp content_decoder

#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace pintle {

class ContentDecoder {
 public:
  /// The supported codings, as the value of Accept-Encoding.
  static constexpr std::string_view kAccepted = "gzip, deflate";

  using Output = std::function<void(std::string_view decoded)>;

  /// `fields`: the values of all Content-Encoding fields, in order. Throws Error(protocol) if a
  /// coding is not supported, or if there are more than 4.
  explicit ContentDecoder(const std::vector<std::string_view>& fields);
  ~ContentDecoder();
  ContentDecoder(const ContentDecoder&) = delete;
  ContentDecoder& operator=(const ContentDecoder&) = delete;

  /// True if the body is sent as it is.
  bool is_identity() const noexcept { return stages_.empty(); }

  /// Decodes `piece` and passes the result to `output` in pieces of at most 32 KiB, so that
  /// `output` can stop a decompression bomb by throwing. Throws Error(protocol), std::bad_alloc.
  void decode(std::string_view piece, const Output& output);

  /// Ends the body. Throws Error(protocol) if it was truncated. An empty body is complete.
  void finish() const;

 private:
  class Stage;
  void run(std::size_t stage, std::string_view piece, const Output& output);

  std::vector<std::unique_ptr<Stage>> stages_;  // the last coding was applied last: undone first
};

}  // namespace pintle
