// SPDX-License-Identifier: Apache-2.0
//
// A clock that goes on while the machine is asleep, as those of other machines do.
//
// A room of the system (docs/porting.md): Linux has one. Threads: any.

#pragma once

#include <cstdint>

namespace pintle {

/// Returns its time in milliseconds. It never goes back. Elsewhere than on Linux it goes forward
/// with a wall clock that is put forward: what lasts until a time is over too early, never too
/// late.
std::int64_t boot_ms() noexcept;

}  // namespace pintle
