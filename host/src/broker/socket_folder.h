// SPDX-License-Identifier: Apache-2.0
//
// The folder of a Unix socket: who may write it, and which broker makes its socket there now.
//
// Threads: one at a time.

#pragma once

#include <filesystem>

#include <pintle/files/unique_fd.h>

namespace pintle::broker {

/// Returns `socket`, an absolute path, without symbolic links in its folder's. Throws Error(config)
/// if the folder is not this user's own, or if others may write it or replace it: they could put a
/// socket of their own there, and would be sent the token.
std::filesystem::path trusted_socket_path(const std::filesystem::path& socket);

/// Locks the folder (flock) while a socket is made in it: another broker that starts at the same
/// time must not take a socket that does not listen yet for that of a program that has ended.
class SocketFolderLock {
 public:
  /// Throws Error(store) if another process has locked it for some seconds. On a file system
  /// without locks it locks nothing.
  explicit SocketFolderLock(const std::filesystem::path& folder);

 private:
  UniqueFd fd_;
};

}  // namespace pintle::broker
