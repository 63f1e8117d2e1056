// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>

#include <pintle/core/text/printable.h>
#include <pintle/core/text/utf8.h>

namespace pintle {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// In order.
constexpr Range kUnprintable[] = {
    {0x00, 0x1f},         // C0 controls
    {0x7f, 0x9f},         // DEL, C1 controls
    {0x061c, 0x061c},     // Arabic letter mark
    {0x180e, 0x180e},     // Mongolian vowel separator
    {0x200b, 0x200b},     // zero-width space
    {0x200e, 0x200f},     // left-to-right and right-to-left mark
    {0x2028, 0x202e},     // line and paragraph separator, bidirectional embeddings and overrides
    {0x2060, 0x206f},     // word joiner, invisible operators, bidirectional isolates
    {0xfeff, 0xfeff},     // byte order mark
    {0xfff9, 0xfffb},     // interlinear annotations
    {0xe0000, 0xe007f}};  // tags

std::string escaped(const char* format, unsigned value) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, value);
  return buffer.data();
}

std::string json_escaped(char32_t c) {
  if (c < 0x10000) return escaped("\\u%04x", static_cast<unsigned>(c));
  const auto rest = static_cast<unsigned>(c) - 0x10000;
  return escaped("\\u%04x", 0xd800 + (rest >> 10)) + escaped("\\u%04x", 0xdc00 + (rest & 0x3ff));
}

constexpr bool is_plain(char c) noexcept { return c >= 0x20 && c < 0x7f; }

std::size_t plain_run(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_plain) -
                                  text.begin());
}

}  // namespace

bool is_unprintable(char32_t c) noexcept {
  const auto* const after =
      std::upper_bound(std::begin(kUnprintable), std::end(kUnprintable), c,
                       [](char32_t value, const Range& range) { return value < range.first; });
  return after != std::begin(kUnprintable) && c <= std::prev(after)->last;
}

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    if (const auto run = plain_run(text.substr(at, max_bytes - std::min(at, max_bytes))); run > 0) {
      out.append(text, at, run);
      at += run;
      continue;
    }
    const auto character = decode_utf8(text.substr(at));
    if (at + character.size > max_bytes) return out + "…";
    if (!character.valid) {
      out += escaped("\\x%02x", static_cast<unsigned char>(text[at]));
    } else if (is_unprintable(character.value)) {
      out += character.value < 0x100 ? escaped("\\x%02x", static_cast<unsigned>(character.value))
                                     : escaped("\\u{%x}", static_cast<unsigned>(character.value));
    } else {
      out += text.substr(at, character.size);
    }
    at += character.size;
  }
  return out;
}

std::string printable_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    if (const auto run = plain_run(json); run > 0) {
      out.append(json, 0, run);
      json.remove_prefix(run);
      continue;
    }
    const auto character = decode_utf8(json);
    const bool is_space = json[0] == '\n' || json[0] == '\r' || json[0] == '\t';
    if (!character.valid) {
      out += "\\ufffd";
    } else if (is_unprintable(character.value) && !is_space) {
      out += json_escaped(character.value);
    } else {
      out.append(json, 0, character.size);
    }
    json.remove_prefix(character.size);
  }
  return out;
}

std::string within_sentence(std::string label) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (label.size() > 1 && is_upper(label[0]) && label[1] >= 'a' && label[1] <= 'z') {
    label[0] = static_cast<char>(label[0] - 'A' + 'a');
  }
  return label;
}

}  // namespace pintle
