// SPDX-License-Identifier: Apache-2.0
//
// A folder under /tmp that only this user can enter, removed soon after its process ends.
//
// Threads: any; one object is used by one thread at a time.

#pragma once

#include <filesystem>

namespace pintle::practice {

/// Created with mode 0700 and removed with its owner. Folders of killed processes are removed by
/// the next one: a folder in use is locked (flock).
class PrivateFolder {
 public:
  /// Throws Error(store).
  PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  ~PrivateFolder();

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace pintle::practice
