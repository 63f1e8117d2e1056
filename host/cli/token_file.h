// SPDX-License-Identifier: Apache-2.0
//
// A file with a token that other programs of this user read, for as long as this program runs.
//
// Threads: one at a time.

#pragma once

#include <filesystem>
#include <optional>

#include <pintle/core/base/secret.h>
#include <pintle/files/durable_file.h>

#include "base/private_folder.h"

namespace pintle::cli {

/// In $XDG_RUNTIME_DIR/pintle, which is in memory and this user's alone; without one, in a new
/// folder under /tmp that only this user can enter. Files of killed processes are removed by the
/// next one: a file in use is locked (flock).
class TokenFile {
 public:
  /// Writes the file with mode 0600. Throws Error(store).
  explicit TokenFile(const Secret& token);
  TokenFile(const TokenFile&) = delete;
  TokenFile& operator=(const TokenFile&) = delete;
  /// Removes it.
  ~TokenFile();

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::optional<PrivateFolder> folder_;
  std::filesystem::path path_;
  std::optional<ReservedFile> file_;
};

}  // namespace pintle::cli
