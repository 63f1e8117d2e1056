// SPDX-License-Identifier: Apache-2.0
//
// A copy of a library in memory that nobody can change any more: what is hashed is what is loaded,
// whatever becomes of the file meanwhile.

#pragma once

#include <filesystem>
#include <string>

#include <pintle/files/unique_fd.h>

namespace pintle::loading {

struct SealedCopy {
  UniqueFd fd;
  std::string digest;  ///< SHA-256 of the sealed bytes, 64 hex digits.

  /// By what name this process opens it.
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd.get()); }
};

/// Copies `file`, which is checked as check_trusted_file does. Throws Error(plugin) if the system
/// has no such memory (memfd_create, Linux 3.17) or no /proc to load it by.
SealedCopy seal(const std::filesystem::path& file);

}  // namespace pintle::loading
