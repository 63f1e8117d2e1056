// SPDX-License-Identifier: Apache-2.0
//
// A second parser of JSON: the grammar of RFC 8259, as slow and simple as possible.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pintle::fuzz {

struct JsonFacts {
  bool is_json = false;      ///< A single value, in UTF-8.
  std::size_t depth = 0;     ///< Of brackets.
  bool wide_number = false;  ///< One may not fit 64 bits or a double.
  bool surrogate = false;    ///< Contains an escape "\uD800" to "\uDFFF", perhaps unpaired.
  bool odd_key = false;      ///< A key is duplicated in its object, or has an escape.
};
JsonFacts read_json(std::string_view text);

/// The JSON without white space between its tokens.
std::string without_blanks(std::string_view json);

}  // namespace pintle::fuzz
