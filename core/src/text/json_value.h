// SPDX-License-Identifier: Apache-2.0
//
// What simdjson's readers do not do by themselves. For the sources of core alone.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <simdjson.h>

#include "text/ascii.h"

namespace pintle {

constexpr std::string_view trim_json(std::string_view text) noexcept {
  return ascii::trim(text, " \t\r\n");
}

/// A scalar as it stands in the text, or the bracket that begins an object or an array. Does not
/// move the reader on.
inline std::string_view token_of(simdjson::ondemand::value& value) {
  return trim_json(value.raw_json_token());
}

/// Returns the text of `value`. A scalar is checked by the grammar; of an object or an array,
/// behind which it moves the reader, only the brackets are counted.
simdjson::error_code raw_text(simdjson::ondemand::value& value, std::string_view& text);

/// The place in `text` at which it stops to be JSON in UTF-8 (RFC 8259), whatever digits its
/// numbers have and however deep it is nested; nothing if it is JSON from end to end. `is_padded`:
/// simdjson's padding may be read behind it, so that it need not be copied.
std::optional<std::size_t> json_fault(std::string_view text, bool is_padded = false);

/// Parses `json` also if it has numbers beyond 64 bits or a double: see with_double_numbers.
simdjson::error_code parse_json(simdjson::dom::parser& parser, std::string_view json,
                                simdjson::dom::element& root);

}  // namespace pintle
