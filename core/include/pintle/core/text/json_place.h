// SPDX-License-Identifier: Apache-2.0
//
// Returns the place at which a text stops to be JSON, for an error about a file.
//
// Threads: pure functions.

/// @file
/// @snippet reference/text.cpp json_place

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pintle {

/// Returns "line 3, column 7", or "it ends too early, in line 3, column 7";
/// nothing if it is JSON (`is_json`).
std::optional<std::string> json_fault_place(std::string_view text);

}  // namespace pintle
