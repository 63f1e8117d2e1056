// SPDX-License-Identifier: Apache-2.0
//
// Letters, digits and blanks of ASCII, independent of the locale.
//
// Threads: pure functions.

/// @file
/// @snippet reference/text.cpp ascii

#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace pintle::ascii {

/// Returns true for 0 to 9.
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Returns `c` in lower case; bytes above 127 are left unchanged.
constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Returns true for letters and digits.
constexpr bool is_alnum(char c) noexcept {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

/// Returns `text` in lower case; bytes above 127 are left unchanged.
inline std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower(c); });
  return out;
}

/// Returns true if both are the same but for upper and lower case.
constexpr bool is_same(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

/// Returns true if `text` begins with `prefix`, in any case.
constexpr bool starts_with(std::string_view text, std::string_view prefix) noexcept {
  return text.size() >= prefix.size() && is_same(text.substr(0, prefix.size()), prefix);
}

/// Returns `text` without the characters of `blank` at both ends.
constexpr std::string_view trim(std::string_view text, std::string_view blank = " \t") noexcept {
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

/// Returns `text` without blanks and line ends at both ends: a file ends in a newline, and what was
/// pasted may have both.
constexpr std::string_view trim_lines(std::string_view text) noexcept {
  return trim(text, " \t\r\n");
}

}  // namespace pintle::ascii
