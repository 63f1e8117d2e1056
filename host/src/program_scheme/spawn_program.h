// SPDX-License-Identifier: Apache-2.0
//
// Starts a scheme program: without a shell, with pipes at its descriptors 0 to 2 and no other open
// but the one that it is given, an environment of PATH and LANG at most, in the folder "/" and in a
// session of its own, whose process group it cannot leave.
//
// Threads: any; see spawn_program.

#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

#include <pintle/files/unique_fd.h>

namespace pintle::program {

/// The descriptor at which a program finds ProgramCommand::descriptor.
inline constexpr int kGivenFd = 4;

struct ProgramCommand {
  std::filesystem::path program;         ///< An absolute path.
  std::vector<std::string> arguments{};  ///< Without its name. No secret: others can see them.
  int descriptor = -1;                   ///< Becomes kGivenFd; negative: none.
  bool has_environment = true;           ///< PATH and LANG; else none.
};

struct SpawnedProgram {
  pid_t pid = 0;    ///< Of the program, its session and its group. The caller must wait for it.
  UniqueFd input;   ///< Writes to its standard input. Does not block.
  UniqueFd output;  ///< Reads its standard output. Does not block.
  UniqueFd errors;  ///< Reads its standard error. Does not block.
};

/// Starts the program. The kernel kills the program if the calling thread ends
/// (PR_SET_PDEATHSIG): call it on one that lives as long as the program. Throws Error(plugin).
SpawnedProgram spawn_program(const ProgramCommand& command);

}  // namespace pintle::program
