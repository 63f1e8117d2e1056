// SPDX-License-Identifier: Apache-2.0
//
// Checks UTF-8 (RFC 3629) that arrives in pieces: a character may be split anywhere.
//
// Threads: one at a time.

/// @file
/// @snippet reference/text.cpp utf8_stream

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace pintle {

/// Returns true if no byte is above 127. Inline: most text of the gateway is short ASCII, and a
/// call into simdjson costs more than this up to a few hundred bytes.
inline bool is_ascii(std::string_view text) noexcept {
  const auto word_at = [](const char* at) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return word;
  };
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 64; at += 64, left -= 64) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 64; i += 8) bits |= word_at(at + i);
    if (bits & kHighBits) return false;
  }
  std::uint64_t bits = 0;
  if (left >= 8) {
    // The last word overlaps the one before it, so that no bytes remain.
    for (std::size_t i = 0; i + 8 < left; i += 8) bits |= word_at(at + i);
    bits |= word_at(at + left - 8);
  } else {
    for (std::size_t i = 0; i < left; ++i) bits |= static_cast<unsigned char>(at[i]) & 0x80u;
  }
  return (bits & kHighBits) == 0;
}

class Utf8Stream {
 public:
  /// Checks the next piece. Returns false once the text so far cannot begin valid UTF-8; the stream
  /// is then unusable until `reset`.
  bool feed(std::string_view piece) noexcept {
    return (have_ == 0 && is_ascii(piece)) || feed_slowly(piece);
  }
  /// Returns true if the text so far does not end within a character.
  bool is_whole() const noexcept { return have_ == 0; }
  void reset() noexcept { have_ = 0; }

 private:
  bool feed_slowly(std::string_view piece) noexcept;

  std::array<char, 4> open_{};  // The first bytes of an incomplete character.
  std::uint8_t have_ = 0;
};

}  // namespace pintle
