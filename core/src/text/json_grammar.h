// SPDX-License-Identifier: Apache-2.0
//
// JSON by its grammar (RFC 8259): numbers of any length, any nesting depth. Internal to core.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace pintle {

/// Returns the offset at which `text` stops being one JSON value with white space around it;
/// nothing if it is valid. Checks neither UTF-8 nor the pairing of escaped surrogates, which the
/// grammar does not require. Needs one bit of memory per level.
std::optional<std::size_t> grammar_fault(std::string_view text);

/// Returns the size of the number at the front of `text` (RFC 8259 6); 0 if there is none.
std::size_t json_number_size(std::string_view text) noexcept;

/// Returns the size of the string at the front of `text`, quotes included; 0 if there is no
/// terminated one.
std::size_t json_string_size(std::string_view text) noexcept;

}  // namespace pintle
