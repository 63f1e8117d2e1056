// SPDX-License-Identifier: Apache-2.0
//
// Text that is shown to a user, and UTF-8 that arrives in pieces.

#include <algorithm>

#include <pintle/core/text/printable.h>
#include <pintle/core/text/utf8.h>
#include <pintle/core/text/utf8_stream.h>

#include "fuzz.h"

namespace pintle {
namespace {

using fuzz::require;
using fuzz::require_same;

void check_printable(std::string_view bytes) {
  const auto safe = printable(fuzz::Block(bytes).view());
  require(fuzz::is_one_line(safe), "what is shown is one line", safe);
  for (std::string_view rest = safe; !rest.empty();) {
    const auto c = decode_utf8(rest);
    require(c.value >= 0xa0 || c.value < 0x7f, "a terminal sees no control character", safe);
    require((c.value < 0x200e || c.value > 0x200f) && (c.value < 0x202a || c.value > 0x202e) &&
                (c.value < 0x2066 || c.value > 0x2069),
            "nothing turns the direction of a line around", safe);
    rest.remove_prefix(c.size);
  }
  const bool plain =
      std::all_of(bytes.begin(), bytes.end(), [](char c) { return c >= ' ' && c < 0x7f; });
  if (plain && bytes.size() <= 200) require_same(safe, bytes, "plain text is shown as it is");
  const auto shorter = printable(bytes, 10);
  require(bytes.size() <= 10 || shorter.ends_with("…"), "a text that was cut says so", shorter);
}

void check_utf8(std::string_view bytes) {
  const bool valid = is_valid_utf8(fuzz::Block(bytes).view());
  for (const std::size_t piece : {bytes.size(), std::size_t{1}, std::size_t{3}, std::size_t{70}}) {
    Utf8Stream stream;
    bool fits = true;
    for (std::size_t at = 0; at < bytes.size() && fits; at += piece) {
      fits = stream.feed(fuzz::Block(bytes.substr(at, piece)).view());
    }
    require((fits && stream.is_whole()) == valid, "text is UTF-8 however it is cut", bytes);
  }
  const bool ascii = std::none_of(bytes.begin(), bytes.end(),
                                  [](char c) { return static_cast<unsigned char>(c) > 127; });
  require(is_ascii(fuzz::Block(bytes).view()) == ascii, "ASCII is what has no byte above 127",
          bytes);
}

void check(std::string_view bytes) {
  check_printable(bytes);
  check_utf8(bytes);
}

fuzz::Target target() {
  return {check,
          {"plain", "\x1b]0;title\x07",
           "\xc2\x9b"
           "31m",
           "\xe2\x80\xae"
           "abc",
           "\xf0\x9f\x98\x80", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80", "\xef\xbb\xbfx",
           std::string(250, 'x'), "\xd8\x9c\xe2\x80\xa8"},
          {"\x7f", "\xc2\x80", "\xe2\x80\xaa", "\xe2\x81\xa6", "\xf0\x9f", "\xe4\xb8\x96"}};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(TextFuzz, ATerminalSeesNothingButText, pintle::target())
