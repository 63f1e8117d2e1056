#include <array>
#include <cstdint>
#include <cstdio>

#include <pintle/core/printable.h>
#include <pintle/core/utf8.h>

namespace pintle {
namespace {

bool is_unsafe(char32_t c) noexcept {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) ||  // controls, DEL, C1
         c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) ||             // bidirectional controls
         c == 0x2028 || c == 0x2029 || c == 0xfeff;  // line separators, byte order mark
}

std::string escaped(const char* format, unsigned value) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, value);
  return buffer.data();
}

}  // namespace

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto character = decode_utf8(text.substr(at));
    if (at + character.size > most) return out + "…";
    if (!character.valid) {
      out += escaped("\\x%02x", static_cast<unsigned char>(text[at]));
    } else if (is_unsafe(character.value)) {
      out += character.value < 0x100 ? escaped("\\x%02x", static_cast<unsigned>(character.value))
                                     : escaped("\\u{%x}", static_cast<unsigned>(character.value));
    } else {
      out += text.substr(at, character.size);
    }
    at += character.size;
  }
  return out;
}

}  // namespace pintle
