// SPDX-License-Identifier: Apache-2.0
//
// The worker of a conformance test: plays the cases with one scheme library or scheme program, and
// tells on descriptor 3 what it finds.
//
// Threads: one; a program may have threads of its own.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <pintle/plugin.h>

namespace pintle::conformance {

/// How a scheme program ended in the middle of a test.
struct ProgramEnding {
  bool hung = false;  ///< It was stopped because it did not answer in time.
  std::string how{};  ///< "ended with exit code 1"
};

/// A running scheme program, behind the table of a library.
struct StartedProgram {
  std::shared_ptr<const pintle_plugin_table> table;
  /// Returns nothing while it runs.
  std::function<std::optional<ProgramEnding>()> ending;
  /// What the message of an error has behind the program's path if its reply was invalid.
  std::string invalid_reply;
};

/// Starts the program of that path. Throws Error(plugin).
using StartProgram = std::function<StartedProgram(const std::string& file)>;

/// What the tester sends first on descriptor 3, with a tab behind it; each line begins with it, so
/// that a scheme cannot write lines of the worker.
inline constexpr std::size_t kMarkDigits = 32;

/// Does what TestOptions::worker does, with the arguments that the tester gives: FILE SCRIPT SEED
/// SEEDS SCENARIO CASE MODE. SCRIPT "-": the usual one. SCENARIO and CASE: where to begin; an
/// earlier worker did what is before. MODE: "all", or "memory" for the few that are run under
/// valgrind. A file that does not end in .so is started with `start_program`. Returns the exit code
/// of the process, or ends it.
int run_worker(int argc, char** argv, const StartProgram& start_program);

}  // namespace pintle::conformance
