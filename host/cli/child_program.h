// SPDX-License-Identifier: Apache-2.0
//
// Another program in this program's place: its input, output and terminal, the signals that come
// meanwhile, and its exit code.
//
// Threads: the main thread alone.

#pragma once

#include <map>
#include <string>
#include <vector>

namespace pintle::cli {

/// Exit codes of a program that could not be started, as a shell's and env(1)'s.
inline constexpr int kCannotRun = 126;
inline constexpr int kNotFound = 127;

/// Runs `words` (the first is the program, searched in PATH) to its end with this environment,
/// changed by `variables`; an empty value removes one. Returns its exit code, 128 + N if signal N
/// ended it, or one of the above after an error message.
int run_program(const std::vector<std::string>& words,
                const std::map<std::string, std::string>& variables);

}  // namespace pintle::cli
