// SPDX-License-Identifier: Apache-2.0
//
// What tells that the machine was asleep.
//
// A room of the system (docs/porting.md): Linux has a clock that goes on meanwhile, and a
// descriptor that reports a set clock. Threads: any.

#pragma once

#include <cstdint>

#include <pintle/files/unique_fd.h>

namespace pintle::live {

/// Returns for how long the machine has been asleep, in milliseconds since some fixed time.
/// Elsewhere than on Linux a wall clock that is put forward counts, too.
std::int64_t system_asleep_ms() noexcept;

/// Returns a descriptor that becomes readable when the wall clock is set, as it is after a sleep;
/// negative if this system has none: a sleep is then noticed at the next event.
UniqueFd open_clock_change() noexcept;

}  // namespace pintle::live
