// SPDX-License-Identifier: Apache-2.0
//
// Finds which user of this machine is at the other end of a loopback connection.
//
// Every user of a machine can connect to a loopback port. A room of the system (docs/porting.md):
// Linux tells each socket's user, and on loopback the other end's socket is one of this machine
// (socket_table_linux.h). Elsewhere only a Unix socket tells it. Threads: any.

#pragma once

#include <sys/types.h>

namespace pintle {

enum class PeerUser {
  ours,     ///< The user that this program runs as.
  root,     ///< Relays run as root (WSL's, a container's); root has all access anyway.
  other,    ///< Another user, or a connection that was closed before it was examined.
  unknown,  ///< This system does not report it.
};

/// Returns what `user` is to this program.
PeerUser peer_user_of(uid_t user);

/// Returns whether this runs under the Windows Subsystem for Linux.
bool is_wsl();

/// Returns the user at the other end of `fd`, a connected TCP socket on loopback. Under WSL a
/// Windows browser has no socket in the table, so its user is unknown.
PeerUser peer_user(int fd);

/// Returns the user at the other end of `fd`, a connected Unix socket. `other` if this system does
/// not report it.
PeerUser unix_peer_user(int fd);

}  // namespace pintle
