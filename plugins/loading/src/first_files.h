// SPDX-License-Identifier: Apache-2.0
//
// The first files of a folder by name, up to a limit. A folder lists its files in no order.
//
// Threads: a value.

#pragma once

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <utility>

namespace pintle::loading {

class FirstFiles {
 public:
  explicit FirstFiles(std::size_t max) : max_(max) {}

  void add(std::filesystem::path file) {
    files_.insert(std::move(file));
    if (files_.size() <= max_) return;
    files_.erase(std::prev(files_.end()));
    is_cut_ = true;
  }

  const std::set<std::filesystem::path>& files() const noexcept { return files_; }

  /// Returns what is wrong with the folder, or nothing if it has no more files. `kind`: "profiles".
  std::string fault(const std::filesystem::path& folder, const char* kind) const {
    if (!is_cut_) return {};
    return folder.string() + ": has more than " + std::to_string(max_) + " " + kind +
           "; those after " + files_.rbegin()->filename().string() + " are not read";
  }

 private:
  std::size_t max_;
  std::set<std::filesystem::path> files_;
  bool is_cut_ = false;
};

}  // namespace pintle::loading
