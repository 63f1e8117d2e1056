// SPDX-License-Identifier: Apache-2.0
//
// Decodes the chunked transfer coding of HTTP/1.1 (RFC 9112 7.1) and detects truncated bodies.
//
// Threads: one at a time.

/// @file
/// @snippet reference/http.cpp chunked

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pintle {

class ChunkedDecoder {
 public:
  enum class Kind : std::uint8_t {
    need_more,  ///< All input was consumed. If the connection ends now, the body is truncated.
    body,       ///< A piece of the body.
    finished,   ///< The body is complete; the remaining input belongs to the next response.
    malformed,  ///< Invalid, or above a limit: the connection cannot be reused.
  };
  struct Step {
    Kind kind = Kind::need_more;
    /// body: the piece, within the input. malformed: the broken rule, a constant text.
    std::string_view bytes;
  };

  /// `max_body`: the maximum body size in bytes; a larger one is refused when it is announced.
  explicit ChunkedDecoder(std::uint64_t max_body) noexcept : max_body_(max_body) {}

  /// Consumes from the front of `input` up to the next step. The input may be split anywhere. Chunk
  /// extensions and trailers are skipped, up to 16 KiB of each. After `finished` and `malformed`
  /// every call returns the same result.
  Step next(std::string_view& input) noexcept;

  /// Returns the body bytes announced so far.
  std::uint64_t announced() const noexcept { return announced_; }

 private:
  enum class State : std::uint8_t {
    size_first,  // The first digit of a chunk's size.
    size,        // Its other digits.
    size_space,  // Between the size and the ";".
    extension,   // From the ";" to the CR.
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_first,  // The first character of a line after the last chunk.
    trailer,
    trailer_lf,
    end_lf,
    finished,
    malformed,
  };

  bool take(char c) noexcept;
  bool take_digit(char c) noexcept;
  bool take_size(char c) noexcept;
  bool take_size_space(char c) noexcept;
  bool take_extension(char c) noexcept;
  bool take_trailer(char c) noexcept;
  bool expect(char wanted, char c, State next, std::string_view rule) noexcept;
  bool end_of_size() noexcept;
  bool refuse(std::string_view rule) noexcept;

  State state_ = State::size_first;
  std::uint64_t max_body_;
  std::uint64_t announced_ = 0;
  std::uint64_t chunk_ = 0;  // The size being read, then the remaining bytes of the chunk.
  std::size_t skipped_ = 0;  // Digits of the size, bytes of the extension, or of all trailers.
  std::string_view rule_;
};

}  // namespace pintle
