// SPDX-License-Identifier: Apache-2.0
//
// Bytes as text (RFC 4648 4).
//
// Threads: pure functions.

/// @file
/// @snippet reference/text.cpp base64

#pragma once

#include <string>
#include <string_view>

namespace pintle {

/// Returns `bytes` in base64 with padding, on one line.
std::string base64_of(std::string_view bytes);

}  // namespace pintle
