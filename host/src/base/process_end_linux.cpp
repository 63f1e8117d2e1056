// SPDX-License-Identifier: Apache-2.0
#include <sys/syscall.h>
#include <unistd.h>

#include "base/process_end.h"

namespace pintle {

UniqueFd open_process_end(pid_t child) noexcept {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
}

}  // namespace pintle
