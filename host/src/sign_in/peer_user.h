// SPDX-License-Identifier: Apache-2.0
//
// Which user of this machine is at the other end of a loopback connection.
//
// Every user of a machine can connect to a loopback port. Linux says in /proc/net/tcp and tcp6
// whose each socket is (proc(5)), and on loopback the other end's is one of them.
// Threads: any.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/types.h>

namespace pintle {

/// An end of a TCP connection as the table writes it: "0100007F:1F90".
std::string table_address(const sockaddr_storage& address);

/// A line of such a table.
struct TableEntry {
  uid_t user = 0;
  bool established = false;  ///< A socket that was closed already has no user any more.
};

/// The connection from `local` to `remote` in the text of such a table; nothing if it is not there.
std::optional<TableEntry> find_connection(std::string_view table, std::string_view local,
                                          std::string_view remote);

enum class PeerUser {
  ours,     ///< The user that this program runs as.
  root,     ///< Relays run as root (WSL's, a container's), and root needs no trick.
  other,    ///< Another user, or a connection that was left before it could be looked at.
  unknown,  ///< This system does not say.
};

/// True under the Windows Subsystem for Linux.
bool is_wsl();

/// The user at the other end of `fd`, a connected TCP socket on loopback. Under WSL a browser of
/// Windows has no socket in the table, and is unknown.
PeerUser peer_user(int fd);

}  // namespace pintle
