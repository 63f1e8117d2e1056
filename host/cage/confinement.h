// SPDX-License-Identifier: Apache-2.0
//
// Closes the cage: from then on this process can compute, use its pipes and end, and nothing else.
//
// Threads: one; the filter holds for all threads that exist.

#pragma once

#include <span>
#include <string>

namespace pintle::cage {

/// Takes from this process all that a scheme does not need: system calls, files, memory, time and
/// descriptors. `library_path` can still be opened, once for each of `library`, which are its
/// descriptors and the only ones whose bytes can be executed. What is forbidden ends the process
/// (stop.h). Throws Error(plugin) if this system cannot do it.
void confine(const std::string& library_path, std::span<const int> library);

}  // namespace pintle::cage
