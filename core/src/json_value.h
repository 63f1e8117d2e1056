// The text of one JSON value under simdjson's on-demand reader. For the sources of core alone.

#pragma once

#include <string_view>

#include <simdjson.h>

#include "ascii.h"

namespace pintle {

constexpr std::string_view trim_json(std::string_view text) noexcept {
  return ascii::trim(text, " \t\r\n");
}

/// A scalar as it stands in the text, or the bracket that begins an object or an array. Does not
/// move the reader on.
inline std::string_view token_of(simdjson::ondemand::value& value) {
  return trim_json(value.raw_json_token());
}

/// Moves behind `value` and gives its text. A scalar is checked to be one; of an object or an array
/// only the brackets are counted.
simdjson::error_code raw_text(simdjson::ondemand::value& value, std::string_view& text);

}  // namespace pintle
