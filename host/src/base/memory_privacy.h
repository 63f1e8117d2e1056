// SPDX-License-Identifier: Apache-2.0
//
// What a system can do so that a process's memory stays its own. See pintle/process_memory.h.
//
// A room of the system (docs/porting.md). Threads: any.

#pragma once

namespace pintle {

/// Returns whether from now on no core file is written.
bool forbid_core_files() noexcept;
/// Returns whether no page is written to swap.
bool lock_memory() noexcept;

}  // namespace pintle
