// SPDX-License-Identifier: Apache-2.0
//
// The schemes that could be used: read from manifests alone, so that a hundred cost as little as
// one.

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <pintle/loading/manifest.h>

namespace pintle::loading {

/// A scheme and where it comes from, or a file in a plugin folder and why it cannot be one.
struct Entry {
  std::filesystem::path library;  ///< Empty for a scheme that is part of the program.
  const pintle_plugin_table* built_in = nullptr;
  std::string plugin_name;
  std::string plugin_version;
  SchemeFacts scheme;
  std::vector<std::string> siblings{};  ///< Ids of all schemes of the same library.
  std::string fault;  ///< Why it is out, naming file and rule; empty where it can be loaded.

  /// "built in" or the library's path.
  std::string where() const;
};

class Catalogue {
 public:
  /// Reads the manifests of `folders` in order, each folder's in the order of their names; what is
  /// built in comes last, so that a file may take its place. Of two schemes with one id the first
  /// counts, and the other's fault says which. A missing folder is an empty one; an untrusted
  /// folder or file, a manifest without its library or a library without its manifest is an entry
  /// with a fault. Opens no library. Never throws for what lies in a folder.
  static Catalogue read(const std::vector<std::filesystem::path>& folders,
                        const std::vector<const pintle_plugin_table*>& built_in);

  const std::vector<Entry>& entries() const noexcept { return entries_; }
  const Entry* find(std::string_view scheme_id) const noexcept;

 private:
  void add_folder(const std::filesystem::path& folder);
  void add_plugin(const std::filesystem::path& library);
  void add_schemes(const Manifest& manifest, Entry entry);
  void add_fault(const std::filesystem::path& library, std::string fault);

  std::vector<Entry> entries_;
};

}  // namespace pintle::loading
