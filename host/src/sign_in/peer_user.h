// SPDX-License-Identifier: Apache-2.0
//
// Finds which user of this machine is at the other end of a loopback connection.
//
// Every user of a machine can connect to a loopback port. Linux tells each socket's user, and on
// loopback the other end's socket is one of this machine: sock_diag(7) finds one socket at once,
// /proc/net/tcp and tcp6 (proc(5)) list all of them and are read if it does not answer.
// Threads: any.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/types.h>

namespace pintle {

/// Returns an end of a TCP connection as the table writes it: "0100007F:1F90".
std::string table_address(const sockaddr_storage& address);

/// A line of /proc/net/tcp or tcp6.
struct TableEntry {
  uid_t user = 0;
  bool established = false;  ///< It is open: a closed socket no longer has a user.
};

/// Returns the connection from `local` to `remote` in the text of a table, or nullopt.
std::optional<TableEntry> find_connection(std::string_view table, std::string_view local,
                                          std::string_view remote);

enum class PeerUser {
  ours,     ///< The user that this program runs as.
  root,     ///< Relays run as root (WSL's, a container's); root has all access anyway.
  other,    ///< Another user, or a connection that was closed before it was examined.
  unknown,  ///< This system does not report it.
};

/// Asks the kernel (sock_diag) for the connection from `local` to `remote`. Returns nullopt if
/// there is none, or if it does not answer.
std::optional<TableEntry> diagnose_connection(const sockaddr_storage& local,
                                              const sockaddr_storage& remote);

/// Returns whether this runs under the Windows Subsystem for Linux.
bool is_wsl();

/// Returns the user at the other end of `fd`, a connected TCP socket on loopback. Under WSL a
/// Windows browser has no socket in the table, so its user is unknown.
PeerUser peer_user(int fd);

/// Returns the user at the other end of `fd`, a connected Unix socket (SO_PEERCRED).
PeerUser unix_peer_user(int fd);

}  // namespace pintle
