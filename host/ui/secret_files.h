// SPDX-License-Identifier: Apache-2.0
//
// Secrets that were typed into the page: one file for each, mode 0600, in a folder of mode 0700
// beside the file of the connections. They are read as any other secret source, and never sent to
// the page.
//
// Threads and processes: any.

#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>
#include <pintle/secret_source.h>

namespace pintle::ui {

class SecretFiles {
 public:
  explicit SecretFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Returns where `put` writes. Throws Error(config) as it does.
  SecretSource place_of(std::string_view name, std::string_view key) const;
  /// Writes the secret of the input `key` ("token") of the connection `name`. Throws Error(config)
  /// if it is empty or `key` is not an input's name, Error(store) if it cannot be written.
  SecretSource put(std::string_view name, std::string_view key, const Secret& secret) const;
  /// True if `source` is a file of this folder.
  bool owns(const SecretSource& source) const;
  /// Returns a text that changes with the secret in `source`, a file of this folder.
  std::string version_of(const SecretSource& source) const;
  /// Returns the sources that `sources` are under another connection's name: the files of this
  /// folder are copied, for inputs of the names with `before` in front. Throws as `put` does, and
  /// Error(config) if one cannot be read.
  std::map<std::string, SecretSource> copy_to(std::string_view name,
                                              const std::map<std::string, SecretSource>& sources,
                                              const std::string& before = {}) const;
  /// Deletes the file of `source` if it is one of this folder. Throws Error(store).
  void remove(const SecretSource& source) const;

 private:
  std::filesystem::path folder_;
};

/// Returns what may be shown of the secret in a file ("...klmnop"); empty if that is nothing, or if
/// it is in no file: a command may ask the user.
std::string preview_of(const SecretSource& source);

}  // namespace pintle::ui
