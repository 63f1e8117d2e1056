// SPDX-License-Identifier: Apache-2.0
//
// A secret as other programs write it, compared with Poco's converter of UTF-16.

#include <Poco/TextConverter.h>
#include <Poco/UTF16Encoding.h>
#include <Poco/UTF8Encoding.h>

#include <pintle/core/text/utf8.h>

#include "fuzz.h"
#include "settings/secret_text.h"

namespace pintle {
namespace {

using fuzz::require;
using fuzz::require_same;

// UTF-16 with its byte order mark.
std::string utf16(const std::string& text, bool little) {
  Poco::UTF8Encoding utf8;
  Poco::UTF16Encoding wide(little ? Poco::UTF16Encoding::LITTLE_ENDIAN_BYTE_ORDER
                                  : Poco::UTF16Encoding::BIG_ENDIAN_BYTE_ORDER);
  std::string out = little ? "\xff\xfe" : "\xfe\xff";
  Poco::TextConverter(utf8, wide).convert(text, out);
  return out;
}

void check(std::string_view bytes) {
  const std::string text(bytes);
  try {
    const auto read = as_utf8(text);
    const bool marked = text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
    if (marked) require(is_valid_utf8(read), "what was converted is UTF-8", read);
    if (!marked && !text.starts_with("\xef\xbb\xbf")) {
      require_same(read, text, "bytes without a mark stay as they are");
    }
    if (!text.empty() && marked) {
      require(ends_with_line_feed(text) == read.ends_with('\n'), "a line's end is seen in both");
    }
  } catch (const Error& error) {
    fuzz::require_good(error);
    require(error.layer() == Layer::config, "the source is to blame", error.what());
  }
  require_same(as_utf8("\xef\xbb\xbf" + text), text, "a mark is no part of a secret");
  // A NUL after the mark makes it UTF-32's, which is refused.
  if (!is_valid_utf8(text) || text.starts_with('\0')) return;
  require_same(as_utf8(utf16(text, true)), text, "UTF-16 of the one order is read");
  require_same(as_utf8(utf16(text, false)), text, "UTF-16 of the other order is read");
}

fuzz::Target target() {
  using namespace std::string_literals;
  return {check,
          {"secret\n", "\xef\xbb\xbfsecret\r\n", "\xff\xfes\0\n\0"s, "\xfe\xff\0s\0\n"s,
           "\xff\xfe\0\0"s, "\0\0\xfe\xff"s, "\xff\xfe\x3d\xd8\0\xde"s, "\xff\xfe\x3d\xd8"s,
           "\xff\xfes"s, "\u00e4\U0001f600"},
          {"\xff\xfe", "\xfe\xff", "\xef\xbb\xbf", "\n"s, "\0\n"s, "\n\0"s, "\xd8\0"s, "\0\xdc"s}};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(SecretTextFuzz, UtfOfEitherWidthIsReadTheSame, pintle::target())
