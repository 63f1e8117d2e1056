// SPDX-License-Identifier: Apache-2.0
//
// Decodes a secret that another program wrote: with a byte order mark, in UTF-16, with a line
// break.
//
// Threads: pure functions.

#pragma once

#include <string>
#include <string_view>

namespace pintle {

/// Returns `bytes` as UTF-8 without a byte order mark. Converts UTF-16 of either byte order, which
/// its mark tells (Unicode 23.8; PowerShell and Notepad write it). Wipes `bytes` if it made a copy.
/// Throws Error(config) for malformed UTF-16 and for UTF-32.
std::string as_utf8(std::string bytes);

/// Returns whether `bytes`, read so far, end with a line feed in the encoding of their mark.
bool ends_with_line_feed(std::string_view bytes) noexcept;

}  // namespace pintle
