// SPDX-License-Identifier: Apache-2.0
//
// Takes a secret out of a text that its receiver may have written: a server that repeats what it
// was sent.
//
// Threads: pure functions.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pintle {

/// A shorter secret is never searched: it would break up words.
inline constexpr std::size_t kShortestHidden = 4;

/// Returns `text` with "(hidden)" for each occurrence of `secret`: as it is, percent-encoded, as in
/// a JSON string, or as `printable` shows it, in upper or lower case. One of 4 or 5 bytes is hidden
/// only where it is a whole word. Of a longer one, the beginning that was cut off by a "…" is
/// hidden too, and so are its first 16 bytes wherever they stand.
std::string without_echo(std::string text, std::string_view secret);

}  // namespace pintle
