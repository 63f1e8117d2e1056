// SPDX-License-Identifier: Apache-2.0
//
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

/// True if `text` is JSON from end to end (RFC 8259) and UTF-8, whatever digits its numbers have
/// and however deep it is nested.
bool is_json(std::string_view text);

/// `json` without white space between its parts, so on one line, each number with the digits that
/// it came with; nothing if it is not JSON (`is_json`).
std::optional<std::string> compact_json(std::string_view json);

/// `json` for a parser that takes no integer beyond 64 bits and no number beyond a double: the
/// former become doubles, the latter null (RFC 8259 6 leaves the range of numbers to each side).
/// For a reader that wants other members.
std::string with_double_numbers(std::string_view json);

}  // namespace pintle
