// SPDX-License-Identifier: Apache-2.0
//
// A secret as other programs write it: with a byte order mark, in UTF-16, with a line break.
//
// Threads: pure functions.

#pragma once

#include <string>
#include <string_view>

namespace pintle {

/// `bytes` as UTF-8 without a byte order mark: UTF-16 of either order, known by its mark (Unicode
/// 23.8; PowerShell and Notepad write it), is converted. `bytes` is wiped if a copy was made.
/// Throws Error(config) for UTF-16 that is damaged, and for UTF-32.
std::string as_utf8(std::string bytes);

/// True if `bytes`, read so far, end with a line feed, in the encoding that their mark names.
bool ends_with_line_feed(std::string_view bytes) noexcept;

}  // namespace pintle
