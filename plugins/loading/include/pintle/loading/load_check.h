// SPDX-License-Identifier: Apache-2.0
//
// The load check: opens an unknown library in a child process first, so that a library that
// crashes, throws or hangs while it is opened affects only that process.
//
// A success is cached by the file's digest. A failure is not: a missing dependency may be installed
// later.

/// @file
/// @snippet reference/loading.cpp load_check

#pragma once

#include <filesystem>
#include <string>

namespace pintle::loading {

/// Returns the SHA-256 of the file, 64 hex digits. Throws Error(plugin) if it cannot be read
/// or is no regular file.
std::string digest_of(const std::filesystem::path& file);

class LoadCheck {
 public:
  /// `program`: the installed pintle-load-check. `memory`: the cache file
  /// (`$XDG_CACHE_HOME/pintle/load-checks`); empty: no cache.
  LoadCheck(std::filesystem::path program, std::filesystem::path memory, int timeout_ms = 10'000);

  /// Opens the file in a child process. Throws Error(plugin) with the child's exit status if that
  /// fails. `copy`: as in open_library.
  ///
  /// The child reports success by returning a number that it reads from a private socket after the
  /// library is open, so a library that prints and exits does not pass. The child leads a session
  /// of its own; processes that the library starts are killed with it. This is not a sandbox: a
  /// library that finds the socket can answer in the child's place, and a process of its own that
  /// begins another session goes on.
  void run(const std::filesystem::path& file, const std::string& digest, int copy = -1) const;

 private:
  bool is_remembered(const std::string& digest) const;
  void remember(const std::string& digest) const;

  std::filesystem::path program_;
  std::filesystem::path memory_;
  int timeout_ms_;
};

}  // namespace pintle::loading
