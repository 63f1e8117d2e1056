// SPDX-License-Identifier: Apache-2.0
//
// The connections that a user keeps, in one file that is written whole.
//
// Threads and processes: any; each change is made under a lock on the file, on what the file then
// holds.

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/settings.h>

namespace pintle {

class ConnectionRegistry {
 public:
  /// The file need not exist; its folder is made at the first change.
  explicit ConnectionRegistry(std::filesystem::path file) : file_(std::move(file)) {}

  struct Contents {
    std::vector<ConnectionSettings> connections;  ///< By name.
    /// For display, where the file could not be used: what was wrong and where it was put.
    std::string warning;
  };

  /// Where the file is not a registry the contents are empty and `warning` says why; the file stays
  /// as it is until the next change sets it aside. Throws Error(store) where it cannot be read, or
  /// was written by a newer version.
  Contents read() const;

  std::optional<ConnectionSettings> find(std::string_view name) const;

  /// Adds the connection, or puts it in the place of the one with its name. Throws Error(config)
  /// for a name that is none, or that is taken and `replace` is false; Error(store). A file that is
  /// not a registry is moved to "<file>.corrupt-<n>" first; what was done is given back, to be
  /// told.
  std::string put(const ConnectionSettings& connection, bool replace) const;

  /// False where there was none of that name.
  bool remove(std::string_view name) const;

  const std::filesystem::path& file() const noexcept { return file_; }

 private:
  void write(const std::vector<ConnectionSettings>& connections) const;
  std::filesystem::path lock_file() const { return file_.string() + ".lock"; }

  std::filesystem::path file_;
};

}  // namespace pintle
