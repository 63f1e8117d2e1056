// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <pintle/core/base/error.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/text/ascii.h>
#include <pintle/core/text/printable.h>

namespace pintle {
namespace {

// RFC 9110 5.6.2
constexpr bool is_token_char(char c) noexcept {
  return ascii::is_alnum(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// RFC 9110 5.5: visible characters, space, tab, and bytes above 127.
constexpr bool is_value_char(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

Header Header::parse(std::string_view name, std::string_view value) {
  if (!is_token(name)) {
    throw Error(Layer::config, "\"" + printable(name) + "\" is not a valid header name");
  }
  if (!std::all_of(value.begin(), value.end(), is_value_char)) {
    throw Error(Layer::config,
                "the value of the header " + std::string(name) + " contains a control character");
  }
  return {std::string(name), std::string(ascii::trim(value))};
}

Header Header::parse_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) {
    // The line may be a secret in the wrong place: it is not shown.
    throw Error(Layer::config,
                "a header must have the form \"Name: value\", but there is no colon");
  }
  return parse(ascii::trim(line.substr(0, colon)), line.substr(colon + 1));
}

bool same_field_name(std::string_view a, std::string_view b) noexcept {
  return ascii::is_same(a, b);
}

void Headers::set(std::string_view name, std::string_view value) {
  auto header = Header::parse(name, value);
  remove(name);
  add(std::move(header));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Header& h) { return same_field_name(h.name(), name); });
}

std::optional<std::string_view> Headers::find(std::string_view name) const noexcept {
  for (const auto& header : fields_) {
    if (same_field_name(header.name(), name)) return header.value();
  }
  return std::nullopt;
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& header : fields_) {
    if (same_field_name(header.name(), name)) values.push_back(header.value());
  }
  return values;
}

bool Headers::has_token(std::string_view name, std::string_view token) const noexcept {
  for (const auto& header : fields_) {
    if (!same_field_name(header.name(), name)) continue;
    std::string_view rest = header.value();
    while (true) {
      const auto comma = rest.find(',');
      if (same_field_name(ascii::trim(rest.substr(0, comma)), token)) return true;
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return false;
}

}  // namespace pintle
