// SPDX-License-Identifier: Apache-2.0
//
// A descriptor that becomes readable when a child process has ended.
//
// A room of the system (docs/porting.md): Linux has pidfds. Threads: any.

#pragma once

#include <sys/types.h>

#include <pintle/files/unique_fd.h>

namespace pintle {

/// Negative on a system without such descriptors, and before Linux 5.3: its end is then that of its
/// output, or found by looking again and again.
UniqueFd open_process_end(pid_t child) noexcept;

}  // namespace pintle
