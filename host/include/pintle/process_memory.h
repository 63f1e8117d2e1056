// SPDX-License-Identifier: Apache-2.0
//
// Keeps what a process has in memory, its secrets too, from core files, debuggers and swap.
//
// Threads: call it once, early in main().

/// @file
/// @snippet reference/host.cpp process_memory

#pragma once

namespace pintle {

/// What `keep_memory_private` achieved.
struct PrivateMemory {
  bool no_core_file = false;  ///< No core file, no debugger of the same user, no /proc/PID/mem.
  bool no_swap = false;       ///< The memory in use, now and later, stays out of swap.
};

/// Keeps the memory of the whole process private. Pintle wipes a secret once it is replaced or no
/// longer needed; one that is in use is in memory, in a scheme's own state and in a request that is
/// being sent too, so marking single pages (MADV_DONTDUMP) would miss copies.
///
/// Linux: PR_SET_DUMPABLE. Programs that this one starts are not affected, and a crash leaves no
/// core file to look at. Other systems: RLIMIT_CORE, which started programs inherit. Memory is
/// locked (mlockall) only where no limit on locked memory (RLIMIT_MEMLOCK) could make a later
/// allocation fail. Does nothing under a sanitizer, which has to read the process.
PrivateMemory keep_memory_private() noexcept;

}  // namespace pintle
