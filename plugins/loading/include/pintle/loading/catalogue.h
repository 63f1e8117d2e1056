// SPDX-License-Identifier: Apache-2.0
//
// Lists the available schemes from their manifests alone, without opening a library.

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <pintle/loading/manifest.h>

namespace pintle::loading {

/// A scheme and its source, or a file in a plugin folder and why it cannot be used.
struct Entry {
  std::filesystem::path library;  ///< Empty for a built-in scheme.
  const pintle_plugin_table* built_in = nullptr;
  std::string plugin_name;
  std::string plugin_version;
  SchemeFacts scheme;
  std::vector<std::string> siblings{};  ///< Ids of all schemes of the same library.
  std::string fault;  ///< Why it is excluded, naming file and rule; empty if it can be loaded.

  /// Returns "built in" or the library's path.
  std::string where() const;
};

class Catalogue {
 public:
  /// Reads the manifests of `folders` in order, and by name within a folder. Built-in schemes come
  /// last, so that a file can override them. If two schemes have the same id, the first is used;
  /// the fault of the other names it. A missing folder counts as empty; an untrusted folder or
  /// file, a manifest without its library or a library without its manifest becomes an entry with a
  /// fault. Opens no library. Never throws because of a folder's contents.
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
