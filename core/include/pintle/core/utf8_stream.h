// Checks UTF-8 (RFC 3629) that arrives in pieces: a character may be cut anywhere.
//
// Threads: one at a time.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pintle {

class Utf8Stream {
 public:
  /// Takes the next piece. False as soon as what came so far can begin no valid text; the stream
  /// is then of no use until `reset`.
  bool feed(std::string_view piece) noexcept;
  /// True where the text so far does not end within a character.
  bool is_whole() const noexcept { return have_ == 0; }
  void reset() noexcept { have_ = 0; }

 private:
  bool feed_slowly(std::string_view piece) noexcept;

  std::array<char, 4> open_{};  // The first bytes of a character that is not whole yet.
  std::uint8_t have_ = 0;
};

}  // namespace pintle
