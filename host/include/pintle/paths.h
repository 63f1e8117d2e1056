// SPDX-License-Identifier: Apache-2.0
//
// Where Pintle keeps its files (XDG Base Directory Specification).
//
// Threads: values; `standard` reads the environment.

/// @file
/// @snippet reference/host.cpp paths

#pragma once

#include <filesystem>
#include <vector>

/// The prefix of the package that the app is built with: CMake's target Pintle::host says it.
#ifndef PINTLE_PACKAGE_PREFIX
#define PINTLE_PACKAGE_PREFIX ""
#endif

namespace pintle {

struct Paths {
  std::filesystem::path settings;            ///< $XDG_CONFIG_HOME/pintle/settings.json
  std::filesystem::path connections;         ///< $XDG_CONFIG_HOME/pintle/connections.json
  std::filesystem::path sessions;            ///< $XDG_STATE_HOME/pintle/sessions
  std::filesystem::path load_checks;         ///< $XDG_CACHE_HOME/pintle/load-checks
  std::filesystem::path probes;              ///< $XDG_CACHE_HOME/pintle/probes
  std::filesystem::path load_check_program;  ///< The installed pintle-load-check.
  /// In search order: $PINTLE_PLUGIN_PATH, $XDG_DATA_HOME/pintle/plugins, then the folder that was
  /// installed with Pintle.
  std::vector<std::filesystem::path> plugin_folders;

  /// The folder of the secrets that were typed into the settings page: beside `connections`.
  std::filesystem::path typed_secrets() const { return connections.parent_path() / "tokens"; }

  /// Reads the environment. What is installed with Pintle is looked for, in this order, in the
  /// prefix of the file that contains this code (an app, or libpintle.so), of the running program,
  /// in `package`, and in the prefix that Pintle was configured for: so it is found after the
  /// package was moved, with or without the app. A prefix is what is above bin/ or lib/. Relative
  /// values are ignored, as the specification demands, and so is the whole environment of a program
  /// that runs with another user's rights (secure_getenv). Throws Error(config) if there is no home
  /// folder.
  static Paths standard(const std::filesystem::path& package = PINTLE_PACKAGE_PREFIX);
};

}  // namespace pintle
