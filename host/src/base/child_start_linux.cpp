// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/child_start.h"

namespace pintle {

// vfork copies nothing of this process, whose size would count.
pid_t fork_into(void (*become)(const void* argument), const void* argument) noexcept {
  const auto pid = ::vfork();  // NOLINT(bugprone-unsafe-functions): posix_spawn has no PDEATHSIG
  if (pid == 0) become(argument);
  return pid;
}

void end_with_parent() noexcept { ::prctl(PR_SET_PDEATHSIG, SIGKILL); }

void close_from(int first) noexcept { ::closefrom(first); }

void add_close_from(posix_spawn_file_actions_t& actions, int first) noexcept {
  ::posix_spawn_file_actions_addclosefrom_np(&actions, first);
}

}  // namespace pintle
