// JSON text written by hand, safely.
//
// Threads: pure functions.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pintle {

/// `text` as a JSON string, quotes included, control characters, quotes and backslashes escaped
/// (RFC 8259 7). A byte that is not UTF-8 becomes U+FFFD, so that the result is always valid.
std::string json_string(std::string_view text);

/// `json` without white space between its parts, so on one line; nothing where it is not JSON
/// from end to end (RFC 8259), or holds a number beyond 64 bits that is no double.
std::optional<std::string> compact_json(std::string_view json);

}  // namespace pintle
