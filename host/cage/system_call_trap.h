// SPDX-License-Identifier: Apache-2.0
//
// What happens at a system call that the filter forbids (SIGSYS): the process ends with its name.
// The one exception is the dynamic linker, which can open a library only by a path: it gets a
// descriptor that was opened before.
//
// Threads: the handler runs on the thread that made the call.

#pragma once

#include <span>
#include <string>

namespace pintle::cage {

/// Whether this machine's registers are known, without which nothing can be answered.
extern const bool kTrapIsKnown;

/// Sets the handler. `path` can be opened once for each of `descriptors`.
void set_trap(const std::string& path, std::span<const int> descriptors);

}  // namespace pintle::cage
