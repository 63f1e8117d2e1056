// SPDX-License-Identifier: Apache-2.0
//
// JSON by its grammar (RFC 8259): whatever digits a number has and however deep it is nested. For
// the sources of core alone.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace pintle {

/// The place in `text` at which it stops to be one JSON value with white space around it; nothing
/// if it is one from end to end. UTF-8 is not looked at, nor are escaped surrogates paired: the
/// grammar does not ask for it. Needs one bit of memory a level.
std::optional<std::size_t> grammar_fault(std::string_view text);

/// The size of the number that `text` begins with (RFC 8259 6); 0 if it begins with none.
std::size_t json_number_size(std::string_view text) noexcept;

/// The size of the string that `text` begins with, quotes included; 0 if it begins with none that
/// ends.
std::size_t json_string_size(std::string_view text) noexcept;

}  // namespace pintle
