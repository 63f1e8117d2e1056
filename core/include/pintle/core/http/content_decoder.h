// SPDX-License-Identifier: Apache-2.0
//
// Undoes the Content-Encoding of a body, piece by piece (RFC 9110 8.4).
//
// Threads: one at a time.

#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace pintle {

class ContentDecoder {
 public:
  /// What is decoded here, as the value of Accept-Encoding.
  static constexpr std::string_view kAccepted = "gzip, deflate";

  using Output = std::function<void(std::string_view decoded)>;

  /// `fields`: the values of all Content-Encoding fields, in their order. Throws Error(protocol)
  /// that names a coding which is not decoded here, and for more than 4 codings.
  explicit ContentDecoder(const std::vector<std::string_view>& fields);
  ~ContentDecoder();
  ContentDecoder(const ContentDecoder&) = delete;
  ContentDecoder& operator=(const ContentDecoder&) = delete;

  /// True if the body is sent as it is.
  bool is_identity() const noexcept { return stages_.empty(); }

  /// Hands what `piece` decodes to over to `output` in pieces of 32 KiB at most, so that a small
  /// body which decodes to an endless one is stopped by an `output` that throws. Throws
  /// Error(protocol), std::bad_alloc.
  void decode(std::string_view piece, const Output& output);

  /// The body has ended. Throws Error(protocol) if it was cut off. An empty body is whole.
  void finish() const;

 private:
  class Stage;
  void run(std::size_t stage, std::string_view piece, const Output& output);

  std::vector<std::unique_ptr<Stage>> stages_;  // the last coding was applied last: undone first
};

}  // namespace pintle
