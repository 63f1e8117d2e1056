// SPDX-License-Identifier: Apache-2.0
//
// The load check: an unknown library is opened in a child process first, so that one which crashes,
// throws or hangs while it is opened takes that process down and not the app.
//
// A good verdict is remembered by the file's digest; a bad one is not, for its cause may be a
// missing dependency that comes later.

#pragma once

#include <filesystem>
#include <string>

namespace pintle::loading {

/// SHA-256 of the file, 64 hex digits. Throws Error(plugin) where it cannot be read.
std::string digest_of(const std::filesystem::path& file);

class LoadCheck {
 public:
  /// `program`: the installed pintle-load-check. `memory`: the file in which good verdicts are kept
  /// (`$XDG_CACHE_HOME/pintle/load-checks`); empty: none are.
  LoadCheck(std::filesystem::path program, std::filesystem::path memory, int timeout_ms = 10'000);

  /// Throws Error(plugin) where the file could not be opened in a child, saying how that ended.
  /// `copy`: as in open_library.
  ///
  /// The child answers on a socket of its own with a number that it reads there once the library is
  /// open, so a library that prints and ends the process does not pass. It is no sandbox: one that
  /// looks for that socket can answer in the child's place.
  void run(const std::filesystem::path& file, const std::string& digest, int copy = -1) const;

 private:
  bool is_remembered(const std::string& digest) const;
  void remember(const std::string& digest) const;

  std::filesystem::path program_;
  std::filesystem::path memory_;
  int timeout_ms_;
};

}  // namespace pintle::loading
