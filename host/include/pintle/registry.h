// SPDX-License-Identifier: Apache-2.0
//
// The saved connections of a user, in one file.
//
// Threads and processes: any; a change locks the file, reads it again and replaces it as a whole.

/// @file
/// @snippet reference/host.cpp registry

#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/loading/manifest.h>
#include <pintle/settings.h>

namespace pintle {

class ConnectionRegistry {
 public:
  /// `file` need not exist; its folder is created at the first change.
  explicit ConnectionRegistry(std::filesystem::path file) : file_(std::move(file)) {}

  struct Contents {
    std::vector<ConnectionSettings> connections;  ///< By name.
    /// For display, if the file could not be used: what is wrong with it.
    std::string warning;
  };

  /// If the file is not a registry, the contents are empty and `warning` says why; the file stays
  /// until the next change renames it. Throws Error(store) if it cannot be read or was written by a
  /// newer version.
  Contents read() const;

  /// Returns the saved connections, by name. Throws as `read` does, and Error(store) if the file is
  /// not a registry.
  std::vector<ConnectionSettings> connections() const;
  /// Throws as `connections` does.
  std::optional<ConnectionSettings> find(std::string_view name) const;

  /// Adds the connection, or replaces the one with its name if `replace` is true. A file that is
  /// not a registry is renamed to "<file>.corrupt-<n>" first, and the returned text says so. Throws
  /// Error(config) if the name is invalid or taken, Error(store) if the file cannot be written.
  std::string put(const ConnectionSettings& connection, bool replace) const;

  /// Replaces the saved connection `before`, as it was read, by `after`, which may have another
  /// name; `replace_connection` (host.h) also moves the session. `prepare` is called once nothing
  /// forbids it, before it is done, while nobody else can change the file; what it throws is
  /// thrown. Throws Error(config) if it was changed or removed since it was read, or if the new
  /// name is invalid or taken; Error(store) as `connections` does, and if the file cannot be
  /// written.
  void replace(const ConnectionSettings& before, const ConnectionSettings& after,
               const std::function<void()>& prepare = {}) const;

  /// Saves which scheme a connection used, so that a later one never steps down quietly. `used`:
  /// the settings that it was opened with; if they are not those of a saved connection, or it is
  /// changed at the same time, nothing is written. Throws as `replace` does.
  void remember_scheme(const ConnectionSettings& used, const loading::SchemeFacts& facts) const;

  /// Returns false if there is no connection with that name. Throws as `connections` does.
  bool remove(std::string_view name) const;

  const std::filesystem::path& file() const noexcept { return file_; }

 private:
  void write(const std::vector<ConnectionSettings>& connections) const;
  std::filesystem::path lock_file() const { return file_.string() + ".lock"; }

  std::filesystem::path file_;
};

}  // namespace pintle
