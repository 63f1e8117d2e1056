// SPDX-License-Identifier: Apache-2.0
//
// The load check: opens an unknown library in a child process first, so that a library that
// crashes, throws or hangs while it is opened does not affect the app.
//
// A success is cached by the file's digest; a failure is not, because its cause may be a missing
// dependency that is installed later.

#pragma once

#include <filesystem>
#include <string>

namespace pintle::loading {

/// Returns the SHA-256 of the file, 64 hex digits. Throws Error(plugin) if it cannot be read.
std::string digest_of(const std::filesystem::path& file);

class LoadCheck {
 public:
  /// `program`: the installed pintle-load-check. `memory`: the file that caches successes
  /// (`$XDG_CACHE_HOME/pintle/load-checks`); empty: no cache.
  LoadCheck(std::filesystem::path program, std::filesystem::path memory, int timeout_ms = 10'000);

  /// Opens the file in a child process. `copy`: as in open_library. Throws Error(plugin) with the
  /// child's outcome if it fails.
  ///
  /// The child answers on a private socket with a number that it reads from there once the library
  /// is open, so a library that prints and ends the process does not pass. This is not a sandbox: a
  /// library that searches for the socket can answer instead of the child.
  void run(const std::filesystem::path& file, const std::string& digest, int copy = -1) const;

 private:
  bool is_remembered(const std::string& digest) const;
  void remember(const std::string& digest) const;

  std::filesystem::path program_;
  std::filesystem::path memory_;
  int timeout_ms_;
};

}  // namespace pintle::loading
