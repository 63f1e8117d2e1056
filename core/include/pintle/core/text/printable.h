// SPDX-License-Identifier: Apache-2.0
//
// Makes external text safe to display: a hostile gateway must not control a user's terminal.
//
// Threads: pure functions.

/// @file
/// @snippet reference/text.cpp printable

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pintle {

/// Returns true if `c` may control a terminal or change how its neighbours look: C0 and C1 controls
/// and DEL, bidirectional controls (Unicode UAX #9), line and paragraph separators, and invisible
/// format characters (zero-width space, byte order mark, tags). False for the two joiners, which
/// many languages need.
bool is_unprintable(char32_t c) noexcept;

/// Returns `text` with every unprintable character and every byte that is not UTF-8 as `\xNN` or
/// `\u{NNNN}`, truncated with `…` after `max_bytes` bytes of input, never within a character.
/// Printable text is returned unchanged, so applying it twice is harmless.
std::string printable(std::string_view text, std::size_t max_bytes = 200);

/// Returns `json` with every unprintable character as `\uNNNN` (RFC 8259 7), which changes no
/// value: outside of strings JSON has only line breaks and tabs, which are kept. A byte that is not
/// UTF-8 becomes `\ufffd`.
std::string printable_json(std::string_view json);

/// Returns a label as it is within a sentence: "Session token" as "session token", "API key" and
/// "URL" unchanged.
std::string within_sentence(std::string label);

}  // namespace pintle
