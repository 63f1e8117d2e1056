// SPDX-License-Identifier: Apache-2.0
//
// Landlock (Linux 5.13): no file, and with newer kernels no TCP port and no other process. A second
// wall behind the filter of system calls, where the kernel has it.
//
// Threads: one; holds for the calling thread and what it starts.

#pragma once

namespace pintle::cage {

/// Forbids what this kernel's Landlock can forbid. Does nothing if it has none.
void forbid_by_landlock() noexcept;

}  // namespace pintle::cage
