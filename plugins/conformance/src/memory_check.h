// SPDX-License-Identifier: Apache-2.0
//
// Runs a command under valgrind and reads what it found.
//
// Threads: one; blocks.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pintle::conformance {

/// Returns one line for each leak or invalid access; nothing if valgrind is not installed. A
/// command that is silent for `timeout_ms` is ended, which is a line, too.
std::optional<std::vector<std::string>> check_memory(const std::vector<std::string>& command,
                                                     int timeout_ms);

/// Reads valgrind's log: each record as its first line and the innermost function that is not of
/// the allocator. Equal ones once.
std::vector<std::string> read_valgrind_log(std::string_view log);

}  // namespace pintle::conformance
