// SPDX-License-Identifier: Apache-2.0
//
// Splits a command line into words, as a shell does with quotes and backslashes, and without a
// shell: no variables, no "~", no wildcards, no pipes.
//
// Threads: a pure function.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pintle {

/// Returns the words of `line`: the program, a name to search in PATH or an absolute path, and its
/// arguments. Throws Error(config) if it is empty, has an open quote, a relative path, or a
/// character that only a shell understands.
std::vector<std::string> command_words(std::string_view line);

}  // namespace pintle
