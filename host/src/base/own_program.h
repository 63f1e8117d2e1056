// SPDX-License-Identifier: Apache-2.0
//
// The file of the program that runs.
//
// A room of the system (docs/porting.md): Linux names it in /proc. Threads: any.

#pragma once

#include <filesystem>

namespace pintle {

/// Empty if it is not known.
std::filesystem::path own_program();

}  // namespace pintle
