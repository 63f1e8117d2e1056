// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>

#include <simdjson.h>

#include <pintle/core/text/utf8.h>
#include <pintle/core/text/utf8_stream.h>

namespace pintle {
namespace {

constexpr std::size_t size_by_first(unsigned char first) noexcept {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

// True if `text` is the beginning of a valid character that is longer than `text`.
bool begins_character(std::string_view text) noexcept {
  // The first two bytes decide (RFC 3629 4), so any valid ending completes them.
  std::array<char, 4> whole{};
  whole.fill(static_cast<char>(0x80));
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0xc2 || first > 0xf4) return false;
  const auto size = size_by_first(first);
  if (text.size() >= size) return false;
  // Where only the first byte is known, its second may have to be high or low.
  if (text.size() == 1) {
    whole[1] = static_cast<char>(first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80);
  }
  text.copy(whole.data(), text.size());
  return decode_utf8({whole.data(), size}).valid;
}

// Returns how many bytes at the end of `text` may begin an incomplete character: 0 to 3.
std::size_t open_tail(std::string_view text) noexcept {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte >= 0xc0) return size_by_first(byte) > back ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

}  // namespace

bool Utf8Stream::feed_slowly(std::string_view piece) noexcept {
  while (have_ != 0 && !piece.empty()) {
    open_[have_++] = piece.front();
    piece.remove_prefix(1);
    if (have_ < size_by_first(static_cast<unsigned char>(open_[0]))) {
      if (!begins_character({open_.data(), have_})) return false;
    } else {
      if (!decode_utf8({open_.data(), have_}).valid) return false;
      have_ = 0;
    }
  }
  const auto tail = open_tail(piece);
  if (tail != 0) {
    const auto open = piece.substr(piece.size() - tail);
    if (!begins_character(open)) return false;
    open.copy(open_.data(), tail);
    have_ = static_cast<std::uint8_t>(tail);
    piece.remove_suffix(tail);
  }
  return piece.empty() || simdjson::validate_utf8(piece.data(), piece.size());
}

}  // namespace pintle
