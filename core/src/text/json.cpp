// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <simdjson.h>

#include <pintle/core/text/json.h>
#include <pintle/core/text/utf8.h>

#include "text/json_grammar.h"
#include "text/json_value.h"

namespace pintle {
namespace {

// The two-character escapes of RFC 8259 7; 0 if there is none.
char short_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
      return c;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return 0;
  }
}

bool is_plain(char c) { return c >= 0x20 && c != '"' && c != '\\' && (c & 0x80) == 0; }

// Eight at once: subtracting from a byte below 0x80 sets its high bit where it was too small, and a
// borrow reaches the next byte only where one was.
bool are_plain(const char* eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = kOnes * 0x80;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, eight, sizeof bytes);
  const auto quotes = bytes ^ (kOnes * '"');
  const auto backslashes = bytes ^ (kOnes * '\\');
  const auto odd = bytes | (bytes - kOnes * 0x20) | (quotes - kOnes) | (backslashes - kOnes);
  return (odd & kHighs) == 0;
}

// Returns the number of leading bytes that are ASCII and need no escape in a JSON string.
std::size_t plain_run(std::string_view text) {
  std::size_t size = 0;
  while (text.size() - size >= 8 && are_plain(text.data() + size)) size += 8;
  while (size < text.size() && is_plain(text[size])) ++size;
  return size;
}

// The number as a double, or null (as in JavaScript) if no double can represent it.
std::string as_double(std::string_view number) {
  constexpr std::size_t kAlwaysFits = 18;
  std::string text(number);
  if (number.size() <= kAlwaysFits && number.find_first_of("eE") == std::string_view::npos) {
    return text;
  }
  // With an exponent an integer is read as a double.
  if (number.find_first_of(".eE") == std::string_view::npos) text += "e0";
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? text : "null";
}

}  // namespace

// By hand rather than with Poco::toJSON: pintle-load-check writes manifests with it, and a scheme's
// author need not have Poco.
bool begins_json_object(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

// Never grows beyond this: the text may be a secret, and a string that grows leaves a copy behind.
static std::size_t max_json_string_size(std::string_view text) {
  std::size_t size = 2;
  for (const auto character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte < 0x20) {
      size += 6;
    } else if (byte >= 0x80) {
      size += 3;  // if it is not UTF-8
    } else {
      size += byte == '"' || byte == '\\' ? 2 : 1;
    }
  }
  return size;
}

std::string json_string(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(max_json_string_size(text));
  out = "\"";
  while (!text.empty()) {
    if (const auto run = plain_run(text); run > 0) {
      out.append(text, 0, run);
      text.remove_prefix(run);
      continue;
    }
    const auto character = decode_utf8(text);
    const char escape = character.size == 1 ? short_escape(text[0]) : '\0';
    if (!character.valid) {
      out += "\xef\xbf\xbd";
    } else if (escape != 0) {
      out += '\\';
      out += escape;
    } else if (character.value < 0x20) {
      out += "\\u00";
      out += kHex[character.value >> 4];
      out += kHex[character.value & 0xf];
    } else {
      out += text.substr(0, character.size);
    }
    text.remove_prefix(character.size);
  }
  out += '"';
  return out;  // the value of += would be copied, and the copy's source not wiped
}

bool is_json(std::string_view text) { return !json_fault(text); }

std::optional<std::string> compact_json(std::string_view json) {
  if (!is_json(json)) return std::nullopt;
  // From the text, not the parsed value: a number keeps its spelling.
  std::string compact(json.size() + simdjson::SIMDJSON_PADDING, '\0');
  std::size_t size = 0;
  if (simdjson::minify(json.data(), json.size(), compact.data(), size) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  compact.resize(size);
  return compact;
}

std::string with_double_numbers(std::string_view json) {
  constexpr std::size_t kLonger = 128;  // it may hold a secret, and is moved by no more than this
  std::string out;
  out.reserve(json.size() + kLonger);
  while (!json.empty()) {
    std::size_t size = std::max<std::size_t>(json_string_size(json), 1);
    if (json[0] == '-' || ascii::is_digit(json[0])) {
      size = std::max<std::size_t>(json_number_size(json), 1);
      out += as_double(json.substr(0, size));
    } else {
      out += json.substr(0, size);
    }
    json.remove_prefix(size);
  }
  return out;
}

}  // namespace pintle
