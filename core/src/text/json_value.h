// SPDX-License-Identifier: Apache-2.0
//
// Additions to simdjson's readers. Internal to core.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <simdjson.h>

#include <pintle/core/text/ascii.h>

namespace pintle {

constexpr std::string_view trim_json(std::string_view text) noexcept {
  return ascii::trim(text, " \t\r\n");
}

/// Returns a scalar as in the text, or the opening bracket of an object or an array. Does not
/// advance the reader.
inline std::string_view token_of(simdjson::ondemand::value& value) {
  return trim_json(value.raw_json_token());
}

/// Returns the text of `value`. A scalar is checked by the grammar; of an object or an array,
/// behind which it moves the reader, only the brackets are counted.
simdjson::error_code raw_text(simdjson::ondemand::value& value, std::string_view& text);

/// Returns the offset at which `text` stops being JSON in UTF-8 (RFC 8259), with numbers of any
/// length and any nesting depth; nothing if it is valid. `is_padded`: simdjson's padding may be
/// read after it, so no copy is needed.
std::optional<std::size_t> json_fault(std::string_view text, bool is_padded = false);

/// Parses `json` also if it has numbers beyond 64 bits or a double: see with_double_numbers.
simdjson::error_code parse_json(simdjson::dom::parser& parser, std::string_view json,
                                simdjson::dom::element& root);

}  // namespace pintle
