// SPDX-License-Identifier: Apache-2.0
//
// Starts a scheme program: without a shell, with pipes at its descriptors 0 to 2 and no other open,
// an environment of PATH and LANG alone, in the folder "/" and in a session of its own, whose
// process group it cannot leave.
//
// Threads: any; see spawn_program.

#pragma once

#include <filesystem>
#include <sys/types.h>

#include <pintle/files/unique_fd.h>

namespace pintle::program {

struct SpawnedProgram {
  pid_t pid = 0;    ///< Of the program, its session and its group. The caller must wait for it.
  UniqueFd input;   ///< Writes to its standard input. Does not block.
  UniqueFd output;  ///< Reads its standard output. Does not block.
  UniqueFd errors;  ///< Reads its standard error. Does not block.
};

/// Starts `file`, an absolute path. The kernel kills the program if the calling thread ends
/// (PR_SET_PDEATHSIG): call it on one that lives as long as the program. Throws Error(plugin).
SpawnedProgram spawn_program(const std::filesystem::path& file);

}  // namespace pintle::program
