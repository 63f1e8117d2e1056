// SPDX-License-Identifier: Apache-2.0
//
// A variable of the environment, unless the program runs with another user's rights: then the
// environment is not its user's word.
//
// A room of the system (docs/porting.md): glibc tells by itself. Threads: as getenv.

#pragma once

namespace pintle {

/// Returns its value, or null.
const char* own_variable(const char* name) noexcept;

}  // namespace pintle
