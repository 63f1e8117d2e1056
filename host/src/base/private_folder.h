// SPDX-License-Identifier: Apache-2.0
//
// A folder under /tmp that only this user can enter, removed soon after its process ends.
//
// Threads: any; one object is used by one thread at a time.

#pragma once

#include <filesystem>
#include <string_view>

namespace pintle {

/// Created with mode 0700 and removed with its owner. Folders of killed processes are removed by
/// the next one with the same purpose: a folder in use is locked (flock).
class PrivateFolder {
 public:
  /// Its name begins with "pintle-PURPOSE-". Throws Error(store).
  explicit PrivateFolder(std::string_view purpose);
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  ~PrivateFolder();

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace pintle
