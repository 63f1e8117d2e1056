// SPDX-License-Identifier: Apache-2.0
//
// The catalogue of available schemes, read only from manifests, so that a hundred are as cheap as
// one.

/// @file
/// @snippet reference/loading.cpp catalogue

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <pintle/loading/manifest.h>

namespace pintle::loading {

/// Where a scheme or a profile of the program itself is from, for display.
inline constexpr const char* kBuiltIn = "built in";

/// A scheme and its source, or a file in a plugin folder and why it cannot be loaded.
struct Entry {
  std::filesystem::path library;  ///< Or the program; empty for a built-in scheme.
  const pintle_plugin_table* built_in = nullptr;
  std::string plugin_name;
  std::string plugin_version;
  SchemeFacts scheme;
  std::vector<std::string> siblings{};  ///< Ids of all schemes of the same library.
  std::string fault;        ///< Why it cannot be loaded, with file and rule; empty if it can.
  bool is_program = false;  ///< `library` is a program, to be started instead of opened.

  /// Returns kBuiltIn or the path of the library or program.
  std::string where() const;
};

class Catalogue {
 public:
  /// Reads the manifests of `folders` in order, each folder sorted by name, then the built-in
  /// schemes, so that a file can replace one. If two schemes have the same id, the first is used,
  /// and the fault of the other names it. A missing folder counts as empty. An untrusted folder or
  /// file, a manifest without its library or program, or a library without its manifest is an entry
  /// with a fault. Opens and starts nothing. Never throws for the content of a folder.
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
