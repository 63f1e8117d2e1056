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

  /// Reads the environment. Installed files are found relative to this program
  /// (../lib/pintle/plugins, ../libexec/pintle), else below the prefix that Pintle was built for.
  /// Relative values are ignored, as the specification demands, and so is the whole environment of
  /// a program that runs with another user's rights (secure_getenv). Throws Error(config) if there
  /// is no home folder.
  static Paths standard();
};

}  // namespace pintle
