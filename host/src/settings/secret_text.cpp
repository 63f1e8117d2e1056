// SPDX-License-Identifier: Apache-2.0
#include "settings/secret_text.h"

#include <cstddef>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>

namespace pintle {
namespace {

using namespace std::string_view_literals;

constexpr auto kUtf8Mark = "\xef\xbb\xbf"sv;
constexpr auto kUtf16LittleMark = "\xff\xfe"sv;
constexpr auto kUtf16BigMark = "\xfe\xff"sv;
constexpr auto kUtf32LittleMark = "\xff\xfe\0\0"sv;
constexpr auto kUtf32BigMark = "\0\0\xfe\xff"sv;

bool is_utf16(std::string_view bytes) noexcept {
  return bytes.starts_with(kUtf16LittleMark) || bytes.starts_with(kUtf16BigMark);
}

// `at` must be even and within `bytes`.
unsigned unit_at(std::string_view bytes, std::size_t at) noexcept {
  const auto first = static_cast<unsigned char>(bytes[at]);
  const auto second = static_cast<unsigned char>(bytes[at + 1]);
  return bytes.starts_with(kUtf16BigMark) ? first << 8 | second : second << 8 | first;
}

void append_utf8(std::string& text, char32_t c) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

// Returns false if `bytes` is malformed.
bool convert_utf16(std::string_view bytes, std::string& text) {
  if (bytes.size() % 2 != 0) return false;
  text.reserve(bytes.size() / 2 * 3);  // must not reallocate: that would leave a copy of the secret
  for (std::size_t at = kUtf16LittleMark.size(); at < bytes.size(); at += 2) {
    char32_t c = unit_at(bytes, at);
    if (c >= 0xd800 && c < 0xe000) {
      at += 2;
      const auto low = at < bytes.size() ? unit_at(bytes, at) : 0;
      if (c >= 0xdc00 || low < 0xdc00 || low >= 0xe000) return false;
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(text, c);
  }
  return true;
}

}  // namespace

std::string as_utf8(std::string bytes) {
  if (bytes.starts_with(kUtf8Mark)) {
    bytes.erase(0, kUtf8Mark.size());
    return bytes;
  }
  if (bytes.starts_with(kUtf32LittleMark) || bytes.starts_with(kUtf32BigMark)) {
    wipe(bytes);
    throw Error(Layer::config, "it is UTF-32 text; expected UTF-8 or UTF-16");
  }
  if (!is_utf16(bytes)) return bytes;
  std::string text;
  const bool whole = convert_utf16(bytes, text);
  wipe(bytes);
  if (whole) return text;
  wipe(text);
  throw Error(Layer::config, "it is malformed UTF-16 text");
}

bool ends_with_line_feed(std::string_view bytes) noexcept {
  if (!is_utf16(bytes)) return bytes.ends_with('\n');
  return bytes.size() % 2 == 0 && unit_at(bytes, bytes.size() - 2) == '\n';
}

}  // namespace pintle
