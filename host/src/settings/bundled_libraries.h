// SPDX-License-Identifier: Apache-2.0
//
// The scheme libraries that are installed with Pintle: they are no third party's.
//
// Threads: any.

#pragma once

#include <filesystem>
#include <vector>

namespace pintle {

/// Returns the paths of the bundled libraries in the package of `load_check_program`
/// (PREFIX/libexec/pintle/pintle-load-check). Empty if that is not where it is installed. The files
/// may not exist.
std::vector<std::filesystem::path> bundled_libraries(
    const std::filesystem::path& load_check_program);

}  // namespace pintle
