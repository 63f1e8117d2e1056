// SPDX-License-Identifier: Apache-2.0
//
// Decodes one UTF-8 character at a time (RFC 3629). Header-only. For whole messages, Utf8Stream is
// faster.

/// @file
/// @snippet reference/text.cpp utf8

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pintle {

struct Utf8Character {
  char32_t value = 0;
  std::size_t size = 1;  ///< Bytes to advance by; 1 if no valid character starts there.
  bool valid = false;
};

/// Returns the first character of `text`, which must not be empty. Overlong forms, surrogates and
/// values above U+10FFFF are not valid.
constexpr Utf8Character decode_utf8(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return {};
  char32_t value = first & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = (value << 6) | (byte(i) & 0x3fu);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[size] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return {};
  return {value, size, true};
}

constexpr bool is_valid_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto character = decode_utf8(text);
    if (!character.valid) return false;
    text.remove_prefix(character.size);
  }
  return true;
}

}  // namespace pintle
