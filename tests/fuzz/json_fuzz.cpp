// SPDX-License-Identifier: Apache-2.0
//
// Hand-written JSON encoding, checked completely, against an independent grammar.

#include <algorithm>

#include <pintle/core/text/json.h>
#include <pintle/core/text/utf8.h>

#include "fuzz.h"
#include "json_grammar.h"

namespace pintle {
namespace {

using fuzz::require;
using fuzz::require_same;

constexpr int hex_value(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

// Returns the text of a JSON string whose only "\u" are those of control characters.
std::string unescaped(std::string_view json) {
  std::string out;
  for (std::size_t i = 1; i + 1 < json.size(); ++i) {
    if (json[i] != '\\') {
      out += json[i];
    } else if (json[++i] == 'u') {
      out += static_cast<char>(hex_value(json[i + 3]) * 16 + hex_value(json[i + 4]));
      i += 4;
    } else {
      const auto at = std::string_view("\"\\/bfnrt").find(json[i]);
      out += "\"\\/\b\f\n\r\t"[at];
    }
  }
  return out;
}

std::string with_replacements(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto character = decode_utf8(text);
    out += character.valid ? text.substr(0, character.size) : "\xef\xbf\xbd";
    text.remove_prefix(character.size);
  }
  return out;
}

void check(std::string_view bytes) {
  const auto string = json_string(fuzz::Block(bytes).view());
  require(fuzz::read_json(string).is_json && string.front() == '"', "a string is JSON", string);
  require(fuzz::is_one_line(string) || string.find('\x7f') != std::string::npos,
          "a string is one line", string);
  require_same(unescaped(string), with_replacements(bytes), "a string is the text that it was");

  const auto facts = fuzz::read_json(bytes);
  const auto compact = compact_json(fuzz::Block(bytes).view());
  require(!compact || facts.is_json, "what is taken is JSON from end to end", bytes);
  const bool ordinary = facts.depth < 60 && !facts.wide_number && !facts.surrogate;
  require(compact || !facts.is_json || !ordinary, "ordinary JSON is taken", bytes);
  if (!compact) return;
  require_same(*compact, fuzz::without_blanks(bytes), "blanks alone are left out");
  require(compact_json(*compact) == compact, "compact JSON is as compact as it gets");
}

fuzz::Target target() {
  return {check,
          {R"({"a": [1, -2.5e3, true, null], "b": "\u00e4\"\\ x"})", "[ ]", "0", "-0.0e-1",
           "\"\xf0\x9f\x98\x80\\ud83d\\ude00\"", "{\"a\":{\"a\":{\"a\":[[[]]]}}} ", "01", "[1,]",
           "tru", "123456789012345678901234567890", "1e400", "\"\\ud800\"", "\xef\xbb\xbf{}",
           "plain text \x01\x1f\x7f\xff"},
          {"true", "false", "null", "\\u0000", "\\ud800", "1e400", "18446744073709551616", "-0",
           "\\\"", "{\"", "\":", "[[[[", "]]]]", "\xc3\xa9", "\t", "\n"}};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(JsonFuzz, ItIsWhatTheGrammarSays, pintle::target())
