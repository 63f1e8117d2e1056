// SPDX-License-Identifier: Apache-2.0
//
// Starts a program without a shell and away from the user's terminal.
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
  /// Becomes the program's descriptors 3 and 4; -1: none. Every other but 0 to 2 is closed there:
  /// not all of ours are marked to be, and a browser outlives us.
  int fd_3_and_4 = -1;
};

/// Runs `words`, the first being the program (looked for in PATH), in a session of its own, with
/// its input and output at /dev/null and no signal blocked. Gives its process id, to be waited for
/// by the caller. Throws Error(config) where it cannot be started.
pid_t spawn(const std::vector<std::string>& words, const SpawnOptions& options = {});

/// The file that `program` is in PATH; nothing where there is none that can be run.
std::optional<std::string> find_program(std::string_view program);

}  // namespace pintle
