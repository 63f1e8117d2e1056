// SPDX-License-Identifier: Apache-2.0
//
// The sockets of this machine and their users, as Linux lists them: sock_diag(7) finds one socket
// at once, /proc/net/tcp and tcp6 (proc(5)) list all of them.
//
// Threads: any.

#pragma once

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

/// Asks the kernel (sock_diag) for the connection from `local` to `remote`. Returns nullopt if
/// there is none, or if it does not answer.
std::optional<TableEntry> diagnose_connection(const sockaddr_storage& local,
                                              const sockaddr_storage& remote);

}  // namespace pintle
