// SPDX-License-Identifier: Apache-2.0
//
// Text from outside, made safe to show: a hostile gateway must not write to a user's terminal.
//
// Threads: pure functions.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pintle {

/// True if `c` may steer a terminal or change what its neighbours look like: C0 and C1 controls and
/// DEL, bidirectional controls (Unicode UAX #9), line and paragraph separators, and format
/// characters that nobody sees (zero-width space, byte order mark, tags). Not the two joiners,
/// which ordinary text of many languages needs.
bool is_unprintable(char32_t c) noexcept;

/// `text` with every unprintable character and every byte that is not UTF-8 shown as `\xNN` or
/// `\u{NNNN}`, and cut with `…` after `most` bytes of input, never within a character. Printable
/// text comes back as it is, so applying it twice does no harm.
std::string printable(std::string_view text, std::size_t most = 200);

/// `json` with every unprintable character written as `\uNNNN` (RFC 8259 7), which changes no
/// value: outside of a string JSON has none but line breaks and tabs, which stay. A byte that is
/// not UTF-8 becomes `\ufffd`.
std::string printable_json(std::string_view json);

}  // namespace pintle
