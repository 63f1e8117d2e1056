// SPDX-License-Identifier: Apache-2.0
//
// A folder under /tmp that only this user can enter, and that does not outlive its process for
// long.
//
// Threads: any; one object is used by one thread at a time.

#pragma once

#include <filesystem>

namespace pintle::practice {

/// Made with mode 0700 and removed with its owner. What killed processes left behind is removed by
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
