// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <pintle/core/text/utf8.h>

namespace pintle::fuzz {
namespace {

std::string_view current_input;

// Returns a C++ literal, to become a seed.
std::string quoted(std::string_view bytes) {
  std::string out = "\"";
  for (const char c : bytes.substr(0, 2000)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      char octal[5];
      std::snprintf(octal, sizeof octal, "\\%03o", byte);
      out += octal;
    }
  }
  return out + (bytes.size() > 2000 ? "…\"" : "\"");
}

}  // namespace

void fail(std::string_view what, std::string_view a, std::string_view b) {
  std::fprintf(stderr, "the promise is broken: %s\n", std::string(what).c_str());
  for (const auto text : {a, b}) {
    if (text.data() != nullptr) std::fprintf(stderr, "  %s\n", quoted(text).c_str());
  }
  std::fprintf(stderr, "the input: %s\n", quoted(current_input).c_str());
  std::abort();
}

bool is_one_line(std::string_view text) {
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
  return !control && is_valid_utf8(text);
}

void require_good(const Error& error) {
  require(!error.message().empty(), "an error says what failed");
  require(is_one_line(error.what()), "an error is one line of text", error.what());
  require(is_one_line(error.hint()), "a hint is one line of text", error.hint());
  require(error.retry_after_ms() >= 0, "a wait is not negative", error.what());
}

std::string other_secret(std::string_view text) {
  // Hex digits stay hex digits: a percent code stays valid.
  constexpr std::string_view kRings[] = {"abcdef", "ghijklmnopqrstuvwxyz", "ABCDEF",
                                         "GHIJKLMNOPQRSTUVWXYZ", "0123456789"};
  std::string out(text);
  for (char& c : out) {
    for (const auto ring : kRings) {
      const auto at = ring.find(c);
      if (at == std::string_view::npos) continue;
      c = ring[(at + 1) % ring.size()];
      break;
    }
  }
  return out;
}

Headers Input::headers() {
  Headers headers;
  while (!rest_.empty()) {
    const auto text = line();
    if (text.empty()) break;
    try {
      headers.add(Header::parse_line(text));
    } catch (const Error& error) {
      require_good(error);
    }
  }
  return headers;
}

void run_one(const Target& target, std::string_view input) {
  current_input = input;
  target.check(input);
}

}  // namespace pintle::fuzz
