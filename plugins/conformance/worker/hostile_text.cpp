// SPDX-License-Identifier: Apache-2.0
#include "hostile_text.h"

#include <cctype>

#include <pintle/core/text/json.h>

namespace pintle::conformance {
namespace {

// One token of JSON: a string with its quotes, a number or word, or one other byte.
std::size_t token_size(std::string_view json) {
  if (json.front() == '"') {
    std::size_t end = 1;
    while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
    return end < json.size() ? end + 1 : json.size();
  }
  std::size_t end = 0;
  while (end < json.size() && (std::isalnum(static_cast<unsigned char>(json[end])) != 0 ||
                               json[end] == '-' || json[end] == '+' || json[end] == '.')) {
    ++end;
  }
  return end == 0 ? 1 : end;
}

bool is_key(std::string_view behind) {
  const auto next = behind.find_first_not_of(" \t\r\n");
  return next != std::string_view::npos && behind[next] == ':';
}

// Replaces the values that `replaces` names by `with`.
template <class Replaces>
std::string replaced(std::string_view json, std::string_view with, const Replaces& replaces) {
  std::string out;
  while (!json.empty()) {
    const auto size = token_size(json);
    const auto token = json.substr(0, size);
    json.remove_prefix(size);
    const bool is_value = !is_key(json);
    out.append(is_value && replaces(token) ? with : token);
  }
  return out;
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& hostile_bodies() {
  static const std::vector<std::pair<std::string, std::string>> kBodies = {
      {"an empty body", ""},
      {"one brace", "{"},
      {"an empty object", "{}"},
      {"an empty list", "[]"},
      {"a list of empty objects", "[{},{}]"},
      {"null", "null"},
      {"a string", "\"text\""},
      {"a number", "12345678901234567890123"},
      {"a truncated string", R"({"token":"abc)"},
      {"a truncated escape", R"({"a":"\u12)"},
      {"an unpaired surrogate", R"({"a":"\ud800"})"},
      {"invalid UTF-8", "{\"a\":\"\xff\xfe\xc0\"}"},
      {"NUL bytes", std::string("{\"a\":\"\0\0\"}\0\0", 13)},
      {"a byte order mark", "\xef\xbb\xbf{}"},
      {"a web page", "<!doctype html><html><title>Sign in</title><form>Sign in</form></html>"},
      {"deep nesting", std::string(20'000, '[')},
      {"deep objects",
       [] {
         std::string deep;
         for (int i = 0; i < 5'000; ++i) deep += "{\"a\":";
         return deep;
       }()},
      {"1 MiB of one letter", std::string(1 << 20, 'a')},
      {"64 KiB in a string", "{\"token\":\"" + std::string(1 << 16, 'a') + "\"}"},
      {"members that are there twice", R"({"token":"a","token":{"b":1},"token":null})"},
      {"form data", "access_token=abc&token_type=bearer"},
      {"blank lines", "\r\n\r\n   \t"},
  };
  return kBodies;
}

const std::vector<std::pair<std::string, std::string>>& hostile_strings() {
  static const std::vector<std::pair<std::string, std::string>> kStrings = {
      {"empty", ""},
      {"blank", " \t "},
      {"line breaks", "value\r\nX-Injected: 1"},
      {"a NUL", std::string("val\0ue", 6)},
      {"a control character", "val\x1b[31mue"},
      {"not ASCII", "gr\xc3\xbc\xc3\x9f"},
      {"invalid UTF-8", "\xff\xfe\xc0\xaf"},
      {"quotes and separators", R"(a";b=c, d\e;)"},
      {"format codes", "%s%n%s%n%d"},
      {"40 KiB long", std::string(40'000, 'x')},
      {"a foreign URL", "https://attacker.example/?a=b#c"},
      {"a script", "javascript:alert(1)"},
  };
  return kStrings;
}

std::string with_json_strings(std::string_view json, const std::optional<std::string>& value) {
  const auto text = value ? json_string(*value) : std::string("null");
  return replaced(json, text, [](std::string_view token) { return token.front() == '"'; });
}

std::string with_json_numbers(std::string_view json, std::string_view number) {
  return replaced(json, number, [](std::string_view token) {
    return token.front() == '-' || std::isdigit(static_cast<unsigned char>(token.front())) != 0;
  });
}

}  // namespace pintle::conformance
