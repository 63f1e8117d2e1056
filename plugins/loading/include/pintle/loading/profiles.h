// SPDX-License-Identifier: Apache-2.0
//
// The gateway profiles that there are: the built-in one, and the files "NAME.profile.json" beside
// the libraries in the plugin folders.

/// @file
/// @snippet reference/loading.cpp profiles

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/gateway/profile.h>

namespace pintle::loading {

/// Returns true for "NAME.profile.json".
bool is_profile_file(const std::filesystem::path& file);

/// Reads a profile file as a host does: owner and mode of file and folder, then all of its fields.
/// Returns nothing if it does not exist. Throws Error(plugin) if others can write to it,
/// Error(config) with the file and the field if it is invalid, Error(store) if it cannot be read.
std::optional<GatewayProfile> read_profile(const std::filesystem::path& file);

/// A profile and its source, or a file or folder and why it cannot be used.
struct ProfileEntry {
  std::filesystem::path file;  ///< Empty for the built-in one.
  GatewayProfile profile;
  std::string fault;  ///< With the file and the rule; empty if it can be used.

  /// Returns "built in" or the file's path.
  std::string where() const;
};

class Profiles {
 public:
  /// Reads the files of `folders` in order, each folder sorted by name, after the built-in profile.
  /// The folders and files are trusted as those of libraries are. Of a folder the first 256 files
  /// are read; an entry with a fault tells of the rest. If two profiles have the same id,
  /// the first is used, and the fault of the other names it. Never throws for the content of a
  /// folder.
  static Profiles read(const std::vector<std::filesystem::path>& folders);

  const std::vector<ProfileEntry>& entries() const noexcept { return entries_; }
  /// Returns nullptr if there is none that can be used.
  const GatewayProfile* find(std::string_view id) const noexcept;

 private:
  void add_folder(const std::filesystem::path& folder);
  void add_file(const std::filesystem::path& file);

  std::vector<ProfileEntry> entries_;
};

}  // namespace pintle::loading
