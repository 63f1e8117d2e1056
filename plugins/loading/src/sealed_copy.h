// SPDX-License-Identifier: Apache-2.0
//
// An immutable copy of a library in memory: the hashed bytes are the loaded ones, even if the file
// changes meanwhile.
//
// A room of the system (docs/porting.md): elsewhere than on Linux the library is loaded from its
// file, which is hashed before and after; docs/SECURITY.md says what that is worth.

#pragma once

#include <filesystem>
#include <string>

#include <pintle/files/unique_fd.h>

namespace pintle::loading {

struct SealedCopy {
  UniqueFd fd;
  std::string digest;  ///< SHA-256 of the sealed bytes, 64 hex digits.
};

/// Returns the path by which this process opens the copy `fd` of `file`.
std::string path_of_copy(const std::filesystem::path& file, int fd);

/// Copies `file` after check_trusted_file. Throws Error(plugin) if the system has no memory for it
/// (before Linux 3.17), or no /proc to load the copy from.
SealedCopy seal(const std::filesystem::path& file);

/// Call it after the copy was loaded. Throws Error(plugin) if other bytes than those of `digest`
/// may have been.
void check_unchanged(const std::filesystem::path& file, const std::string& digest);

}  // namespace pintle::loading
