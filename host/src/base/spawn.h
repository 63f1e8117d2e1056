// SPDX-License-Identifier: Apache-2.0
//
// Starts a program without a shell and detached from the user's terminal.
//
// Threads: any.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace pintle {

struct SpawnOptions {
  /// Becomes the program's descriptors 3 and 4; -1: none. All others but 0 to 2 are closed in the
  /// program: not all of ours are close-on-exec, and a browser outlives us.
  int fd_3_and_4 = -1;
};

/// Starts `words` (the first is the program, searched in PATH) in its own session, with input and
/// output at /dev/null and no signal blocked. Returns its process id; the caller must wait for it.
/// Throws Error(config) if it cannot be started.
pid_t spawn(const std::vector<std::string>& words, const SpawnOptions& options = {});

/// Returns the executable file of `program` in PATH, or nullopt if there is none.
std::optional<std::string> find_program(std::string_view program);

/// Returns `words` as exec(3) takes a command line, ended by a null pointer. They must outlive it.
std::vector<char*> argument_pointers(const std::vector<std::string>& words);

}  // namespace pintle
