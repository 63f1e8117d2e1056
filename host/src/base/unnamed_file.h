// SPDX-License-Identifier: Apache-2.0
//
// A text to read from a descriptor, that is in no file: the standard input of a program.
//
// A room of the system (docs/porting.md): Linux has files in memory; elsewhere it is a pipe.
// Threads: any.

#pragma once

#include <string_view>

#include <pintle/files/unique_fd.h>

namespace pintle {

/// Returns a descriptor from which `text` and then the end is read. As standard input it needs no
/// thread that writes, cannot block, and is gone with its readers. Negative with `errno` if it
/// cannot be made: a pipe holds no more than some 64 KiB (EAGAIN).
UniqueFd unnamed_file_of(std::string_view text) noexcept;

}  // namespace pintle
