// SPDX-License-Identifier: Apache-2.0
//
// An immutable copy of a library in memory: the hashed bytes are the loaded ones, even if the file
// changes meanwhile.

#pragma once

#include <filesystem>
#include <string>

#include <pintle/files/unique_fd.h>

namespace pintle::loading {

struct SealedCopy {
  UniqueFd fd;
  std::string digest;  ///< SHA-256 of the sealed bytes, 64 hex digits.

  /// Returns the path by which this process opens it.
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd.get()); }
};

/// Copies `file` after check_trusted_file. Throws Error(plugin) if the system has no memfd_create
/// (Linux 3.17) or no /proc to load the copy from.
SealedCopy seal(const std::filesystem::path& file);

}  // namespace pintle::loading
