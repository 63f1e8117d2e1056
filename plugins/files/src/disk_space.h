// SPDX-License-Identifier: Apache-2.0
//
// Sets disk space aside for a file.
//
// A room of the system (docs/porting.md). Threads: any.

#pragma once

#include <cstddef>

namespace pintle {

/// Gives the empty file `fd` blocks for `bytes`. Returns false with `errno` if it cannot;
/// EOPNOTSUPP if that is not to be had here.
bool allocate_blocks(int fd, std::size_t bytes) noexcept;

}  // namespace pintle
