// SPDX-License-Identifier: Apache-2.0
//
// Header lines as in a user's file, and lists of tokens.

#include <algorithm>

#include <pintle/core/http/headers.h>

#include "fuzz.h"

namespace pintle {
namespace {

using fuzz::require;
using fuzz::require_same;

std::string complaint(std::string_view line) {
  try {
    Header::parse_line(fuzz::Block(line).view());
    return {};
  } catch (const Error& error) {
    fuzz::require_good(error);
    return error.what();
  }
}

void check_line(std::string_view line) {
  const auto colon = line.find(':');
  if (const auto said = complaint(line); !said.empty()) {
    if (colon == std::string_view::npos) return;
    const auto other = std::string(line.substr(0, colon)) + fuzz::other_secret(line.substr(colon));
    require_same(said, complaint(other), "what is said does not depend on the value");
    return;
  }
  const auto header = Header::parse_line(line);
  const auto& value = header.value();
  require(!header.name().empty(), "a header has a name");
  for (const char c : header.name()) {
    require(c > ' ' && c < 0x7f &&
                std::string_view("\"(),/:;<=>?@[\\]{}").find(c) == std::string_view::npos,
            "a name is a token (RFC 9110 5.6.2)", header.name());
  }
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    require(byte == '\t' || (byte >= 0x20 && byte != 0x7f), "a value cannot end its line", value);
  }
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  require(value.empty() || (!is_blank(value.front()) && !is_blank(value.back())),
          "a value has no blanks around it", value);
  const auto again = Header::parse_line(header.name() + ": " + value);
  require(again.name() == header.name() && again.value() == value, "a header reads back the same");
}

// RFC 9110 5.6.1, implemented in the simplest way.
bool has_token(const Headers& headers, std::string_view name, std::string_view token) {
  for (const auto value : headers.all(name)) {
    std::string part;
    for (const char c : std::string(value) + ",") {
      if (c != ',') {
        part += c;
        continue;
      }
      const auto is_edge = [](char edge) { return edge == ' ' || edge == '\t'; };
      part.erase(part.begin(), std::find_if_not(part.begin(), part.end(), is_edge));
      part.erase(std::find_if_not(part.rbegin(), part.rend(), is_edge).base(), part.end());
      if (same_field_name(part, token)) return true;
      part.clear();
    }
  }
  return false;
}

void check(std::string_view bytes) {
  fuzz::Input lines(bytes);
  while (!lines.empty()) check_line(lines.line());
  fuzz::Input input(bytes);
  auto headers = input.headers();
  for (const std::string_view token : {"upgrade", "close", "chunked"}) {
    require(headers.has_token("Connection", token) == has_token(headers, "Connection", token),
            "a token is in the list, or not", token);
  }
  const auto size = headers.size();
  const auto all = headers.all("cookie").size();
  headers.set("Cookie", "a=b");
  require(headers.size() == size - all + 1 && headers.get("cOOKIE") == "a=b" &&
              headers.all("Cookie").size() == 1,
          "a field that is set stands in the place of all of its name");
  headers.remove("COOKIE");
  require(headers.size() == size - all && !headers.has("Cookie"), "a removed field is gone");
}

fuzz::Target target() {
  return {check,
          {"Connection: keep-alive, Upgrade\nconnection:close\n",
           "CF-Access-Client-Secret: 0123456789abcdef\n", "Cookie: a=b; c=\"d\"\nCOOKIE:\t x \t\n",
           "a b: secret123\n", ": x\n", "secretwithoutcolon\n", "x: a\rb\n",
           "Connection: ,,\t,close,", "\xff: \xff\xfe\n"},
          {"Connection:", "Cookie:", "close", "upgrade", ", ", "\r", "\t", "\x7f"}};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(HeadersFuzz, NoValueEndsItsLineAndNoErrorShowsOne, pintle::target())
