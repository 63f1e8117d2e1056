// SPDX-License-Identifier: Apache-2.0
//
// A second reading of JSON: the grammar of RFC 8259, as slow and as plain as can be.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pintle::fuzz {

struct JsonFacts {
  bool is_json = false;      ///< One value from end to end, in UTF-8.
  std::size_t depth = 0;     ///< Of brackets.
  bool wide_number = false;  ///< One may not fit 64 bits or a double.
  bool surrogate = false;    ///< An escape "\uD800" to "\uDFFF" is there, perhaps without its half.
  bool odd_key = false;      ///< A key stands twice in its object, or has an escape.
};
JsonFacts read_json(std::string_view text);

/// The JSON without white space between its parts.
std::string without_blanks(std::string_view json);

}  // namespace pintle::fuzz
