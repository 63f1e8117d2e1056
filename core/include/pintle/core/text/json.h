// SPDX-License-Identifier: Apache-2.0
//
// Writing and checking JSON text without a parser's tree.
//
// Threads: pure functions.

/// @file
/// @snippet reference/text.cpp json

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pintle {

/// Returns `text` as a JSON string, in quotes, with control characters, quotes and backslashes
/// escaped (RFC 8259 7). A byte that is not UTF-8 becomes U+FFFD, so the result is always valid.
std::string json_string(std::string_view text);

/// Returns whether a JSON text is an object: its first character that is no blank is a `{`.
bool begins_json_object(std::string_view text) noexcept;

/// Returns true if `text` is entirely valid JSON (RFC 8259) and UTF-8, with numbers of any length
/// and any nesting depth.
bool is_json(std::string_view text);

/// Returns `json` on one line, without white space between tokens, each number unchanged; nothing
/// if it is not JSON (`is_json`).
std::optional<std::string> compact_json(std::string_view json);

/// Returns `json` for a parser that accepts no integer beyond 64 bits and no number beyond a
/// double: the former become doubles, the latter null (RFC 8259 6 leaves the range to each side).
/// For reading other members.
std::string with_double_numbers(std::string_view json);

}  // namespace pintle
