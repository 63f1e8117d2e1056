// SPDX-License-Identifier: Apache-2.0
//
// The examples of pintle/core/text in the API reference. Each asserts what it shows.

#undef NDEBUG
#include <cassert>
#include <string>
#include <string_view>

#include <pintle/core/text/ascii.h>
#include <pintle/core/text/base64.h>
#include <pintle/core/text/json.h>
#include <pintle/core/text/json_place.h>
#include <pintle/core/text/percent.h>
#include <pintle/core/text/printable.h>
#include <pintle/core/text/utf8.h>
#include <pintle/core/text/utf8_stream.h>

namespace {

void ascii() {
  //! [ascii]
  assert(pintle::ascii::trim(" gzip\t") == "gzip");
  assert(pintle::ascii::trim_lines("a-token\r\n") == "a-token");
  assert(pintle::ascii::lower("Gateway.Example") == "gateway.example");
  assert(pintle::ascii::is_same("Chunked", "chunked"));
  //! [ascii]
}

void base64() {
  //! [base64]
  assert(pintle::base64_of("ada:secret") == "YWRhOnNlY3JldA==");
  assert(pintle::basic_credential("ada", "secret").reveal() == "YWRhOnNlY3JldA==");
  assert(pintle::bytes_of_base64("YWRhOnNlY3JldA==")->reveal() == "ada:secret");
  assert(!pintle::bytes_of_base64("YWRh\nOnNlY3JldA=="));  // on one line, with its padding
  //! [base64]
}

void json() {
  //! [json]
  const std::string params = "{\"title\":" + pintle::json_string("say \"hi\"\n") + "}";
  assert(params == R"({"title":"say \"hi\"\n"})");
  assert(pintle::is_json(params));
  assert(pintle::compact_json("{ \"a\" : 1.50 }") == R"({"a":1.50})");  // the number is unchanged
  assert(!pintle::compact_json("{a:1}"));
  //! [json]
  //! [json_place]
  assert(pintle::json_fault_place("{\n  \"a\" 1}") == "line 2, column 7");
  assert(!pintle::json_fault_place("{}"));
  //! [json_place]
}

void percent() {
  //! [percent]
  assert(pintle::encode_component("a/b c+d") == "a%2Fb%20c%2Bd");
  assert(pintle::decode_percent("a%2Fb%20c%2Bd") == "a/b c+d");
  assert(!pintle::has_valid_percent_codes("100%"));
  //! [percent]
}

void printable() {
  //! [printable]
  const std::string received = "hello\x1b[31m";                   // would colour the terminal
  assert(pintle::printable(received) == "hello\\x1b[31m");        // safe to show
  assert(pintle::printable("a long message", 6) == "a long…");    // at most 6 bytes of input
  assert(pintle::printable_json("\"\u200b\"") == "\"\\u200b\"");  // still the same JSON value
  //! [printable]
}

void utf8() {
  //! [utf8]
  const std::string_view text = "é!";
  const pintle::Utf8Character first = pintle::decode_utf8(text);
  assert(first.valid && first.value == U'é' && first.size == 2);
  assert(pintle::is_valid_utf8(text));
  assert(!pintle::is_valid_utf8("\xc0\x80"));  // overlong
  //! [utf8]
}

void utf8_stream() {
  //! [utf8_stream]
  pintle::Utf8Stream stream;
  assert(stream.feed("caf\xc3"));  // ends within a character …
  assert(!stream.is_whole());
  assert(stream.feed("\xa9"));  // … which the next piece completes
  assert(stream.is_whole());
  assert(!stream.feed("\xff"));
  //! [utf8_stream]
}

}  // namespace

int main() {
  ascii();
  base64();
  json();
  percent();
  printable();
  utf8();
  utf8_stream();
}
