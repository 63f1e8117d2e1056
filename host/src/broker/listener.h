// SPDX-License-Identifier: Apache-2.0
//
// Where the broker listens: a port of loopback, or a Unix socket that only this user can reach.
//
// Threads: one at a time.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <pintle/files/unique_fd.h>

namespace pintle::broker {

/// An address to listen on, parsed.
struct ListenAddress {
  enum class Kind : std::uint8_t { ipv4, ipv6, unix_socket };
  Kind kind = Kind::ipv4;
  /// "127.0.0.1"; IPv6 without brackets; the path of a Unix socket, of a Listener's without
  /// symbolic links.
  std::string host;
  std::uint16_t port = 0;

  bool is_unix() const noexcept { return kind == Kind::unix_socket; }
  bool is_loopback() const;

  /// Parses "127.0.0.1:PORT", "[::1]:PORT" or "unix:PATH". Throws Error(config) for anything else,
  /// and, unless `any_address`, for an address that other machines can reach.
  static ListenAddress parse(std::string_view text, bool any_address);
};

class Listener {
 public:
  /// Listens; port 0 is a free one. Throws Error(config) if other users may write a Unix socket's
  /// folder or replace it (loading::check_trusted_folder), or if there is a file that is no socket
  /// of this user; Error(tcp) if another program listens there, or if the system refuses; Error
  /// (store) if another process has locked the folder.
  explicit Listener(const ListenAddress& address);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  /// Closes it.
  ~Listener();

  /// Stops listening and removes the Unix socket. Clients that wait to be accepted are reset, and
  /// new ones refused at once: a socket that is only not accepted from would leave them waiting.
  void close() noexcept;

  const ListenAddress& address() const noexcept { return address_; }
  int fd() const noexcept { return fd_.get(); }
  /// Returns the next connection that waits, or none (errno tells why).
  UniqueFd accept() const noexcept;

 private:
  void listen_on_tcp();
  void listen_on_unix();

  ListenAddress address_;
  UniqueFd fd_;
  std::uint64_t inode_ = 0;  // of the Unix socket, so that no successor's is removed
};

}  // namespace pintle::broker
