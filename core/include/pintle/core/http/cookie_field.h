// SPDX-License-Identifier: Apache-2.0
//
// The Cookie field of a request (RFC 6265 4.2.1): "a=1; b=2".
//
// Threads: pure functions.

/// @file
/// @snippet reference/http.cpp cookie_field

#pragma once

#include <algorithm>
#include <string_view>

#include <pintle/core/text/ascii.h>

namespace pintle {

/// Takes the first pair off `field` and returns it without the blanks around it: "a=1". It is empty
/// between two semicolons, and may lack a "=" or a name: the field is not validated. `field` is
/// empty after the last one.
constexpr std::string_view take_cookie_pair(std::string_view& field) noexcept {
  const auto end = std::min(field.find(';'), field.size());
  const auto pair = ascii::trim(field.substr(0, end));
  field.remove_prefix(std::min(end + 1, field.size()));
  return pair;
}

/// Returns the name of a pair; the whole pair if it has no "=".
constexpr std::string_view name_of_cookie_pair(std::string_view pair) noexcept {
  return pair.substr(0, pair.find('='));
}

}  // namespace pintle
