// SPDX-License-Identifier: Apache-2.0
#include "text/json_grammar.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include <pintle/core/text/ascii.h>

namespace pintle {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

bool is_hex(char c) {
  return ascii::is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Eight at once: true if none is a control character, a quote or a backslash. Bytes of other
// characters than ASCII are left out of it by the last mask.
bool are_plain(const char* eight) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = kOnes * 0x80;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, eight, sizeof bytes);
  const auto quotes = bytes ^ (kOnes * '"');
  const auto backslashes = bytes ^ (kOnes * '\\');
  const auto odd = (bytes - kOnes * 0x20) | (quotes - kOnes) | (backslashes - kOnes);
  return (odd & ~bytes & kHighs) == 0;
}

// One bit per level: the open bracket. The innermost 64 levels need no heap memory.
class Nesting {
 public:
  bool is_empty() const { return depth_ == 0; }
  bool is_object() const { return (innermost_ & 1) != 0; }
  void open(bool is_object) {
    if (depth_ > 0 && depth_ % 64 == 0) outer_.push_back(innermost_);
    innermost_ = innermost_ << 1 | (is_object ? 1 : 0);
    ++depth_;
  }
  void close() {
    innermost_ >>= 1;
    --depth_;
    if (depth_ == 0 || depth_ % 64 != 0) return;
    innermost_ = outer_.back();
    outer_.pop_back();
  }

 private:
  std::size_t depth_ = 0;
  std::uint64_t innermost_ = 0;
  std::vector<std::uint64_t> outer_;
};

// Scans forwards and stops at the first fault.
class Check {
 public:
  explicit Check(std::string_view text) : text_(text) {}

  std::optional<std::size_t> run() {
    do {
      if (!value()) return at_;
    } while (!nesting_.is_empty());
    skip_blanks();
    return at_ == text_.size() ? std::nullopt : std::optional(at_);
  }

 private:
  // NUL at the end: no JSON token begins with it.
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool skip(std::size_t size) {
    at_ += size;
    return size > 0;
  }
  bool skip(std::string_view expected) {
    return skip(text_.substr(at_).starts_with(expected) ? expected.size() : 0);
  }
  bool skip_string() { return skip(json_string_size(text_.substr(at_))); }

  // A scalar or an opening bracket, and the closing brackets that follow.
  bool value() {
    skip_blanks();
    switch (peek()) {
      case '{':
        return open(true);
      case '[':
        return open(false);
      case '"':
        return skip_string() && after_value();
      case 't':
        return skip("true") && after_value();
      case 'f':
        return skip("false") && after_value();
      case 'n':
        return skip("null") && after_value();
      default:
        return skip(json_number_size(text_.substr(at_))) && after_value();
    }
  }

  bool open(bool is_object) {
    nesting_.open(is_object);
    ++at_;
    skip_blanks();
    if (peek() == (is_object ? '}' : ']')) return close() && after_value();
    return !is_object || key();
  }

  bool close() {
    nesting_.close();
    ++at_;
    return true;
  }

  bool key() {
    skip_blanks();
    if (!skip_string()) return false;
    skip_blanks();
    return skip(":");
  }

  // Advances to the next value, or to the end of the outermost.
  bool after_value() {
    while (!nesting_.is_empty()) {
      skip_blanks();
      if (peek() == ',') {
        ++at_;
        return !nesting_.is_object() || key();
      }
      if (peek() != (nesting_.is_object() ? '}' : ']')) return false;
      close();
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Nesting nesting_;
};

// Returns the size of the escape at the front of `text`; 0 if there is none.
std::size_t escape_size(std::string_view text) noexcept {
  const char kind = text.size() > 1 ? text[1] : '\0';
  if (kind == 'u') {
    const auto code = text.substr(2, 4);
    return code.size() == 4 && std::all_of(code.begin(), code.end(), is_hex) ? 6 : 0;
  }
  return kind != '\0' && std::strchr("\"\\/bfnrt", kind) != nullptr ? 2 : 0;
}

}  // namespace

std::optional<std::size_t> grammar_fault(std::string_view text) { return Check(text).run(); }

std::size_t json_number_size(std::string_view text) noexcept {
  std::size_t at = 0;
  const auto next_is = [&](char c) { return at < text.size() && text[at] == c; };
  const auto digits = [&] {
    const auto begin = at;
    while (at < text.size() && ascii::is_digit(text[at])) ++at;
    return at > begin;
  };
  if (next_is('-')) ++at;
  if (next_is('0')) {
    ++at;
  } else if (!digits()) {
    return 0;
  }
  if (next_is('.')) {
    ++at;
    if (!digits()) return 0;
  }
  if (next_is('e') || next_is('E')) {
    ++at;
    if (next_is('+') || next_is('-')) ++at;
    if (!digits()) return 0;
  }
  return at;
}

std::size_t json_string_size(std::string_view text) noexcept {
  if (text.empty() || text.front() != '"') return 0;
  for (std::size_t at = 1; at < text.size();) {
    if (text.size() - at >= 8 && are_plain(text.data() + at)) {
      at += 8;
      continue;
    }
    const char c = text[at];
    if (c == '"') return at + 1;
    if (static_cast<unsigned char>(c) < 0x20) return 0;
    const std::size_t size = c == '\\' ? escape_size(text.substr(at)) : 1;
    if (size == 0) return 0;
    at += size;
  }
  return 0;
}

}  // namespace pintle
