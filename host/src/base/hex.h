// SPDX-License-Identifier: Apache-2.0
//
// Bytes as hex digits in lower case. Header-only. Threads: pure functions.

#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pintle {

inline std::string hex_of(std::span<const unsigned char> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const auto byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

inline std::string hex_of(std::string_view bytes) {
  return hex_of({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

}  // namespace pintle
