// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/child_start.h"

namespace pintle {
namespace {

// One more than the highest number that a descriptor can have, or is likely to.
int end_of_descriptors() noexcept {
  constexpr rlim_t kMaxDescriptors = 1 << 20;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return static_cast<int>(kMaxDescriptors);
  return static_cast<int>(std::min(limit.rlim_cur, kMaxDescriptors));
}

}  // namespace

pid_t fork_into(void (*become)(const void* argument), const void* argument) noexcept {
  const auto pid = ::fork();
  if (pid == 0) become(argument);
  return pid;
}

void end_with_parent() noexcept {}

void close_from(int first) noexcept {
  const int end = end_of_descriptors();
  for (int fd = first; fd < end; ++fd) ::close(fd);
}

// Those that are open now and are not closed by exec; one that another thread of the app opens
// meanwhile is inherited.
void add_close_from(posix_spawn_file_actions_t& actions, int first) noexcept {
  const int end = end_of_descriptors();
  for (int fd = first; fd < end; ++fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) ::posix_spawn_file_actions_addclose(&actions, fd);
  }
}

}  // namespace pintle
