// SPDX-License-Identifier: Apache-2.0
//
// The bench server's one thread: two listening sockets on loopback, and epoll over all clients.
//
// Threads: one.

#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include <openssl/ssl.h>

#include "server/session.h"

namespace pintle::bench {

class Loop {
 public:
  /// `tls` is for the second port; it outlives the loop. Throws std::system_error.
  explicit Loop(SSL_CTX* tls);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  std::uint16_t port() const { return port_of(plain_); }
  std::uint16_t tls_port() const { return port_of(secure_); }

  /// Serves until one of `stops` becomes readable, and returns it. One that epoll refuses, such as
  /// a file, never does.
  int run(const std::vector<int>& stops);

 private:
  struct Served {
    Served(int fd, SSL_CTX* tls, std::uint32_t events) : session(fd, tls), awaited(events) {}
    Session session;
    std::uint32_t awaited;
  };

  static std::uint16_t port_of(int listener);
  void watch(int fd, std::uint32_t events, int operation) const;
  void accept_all(int listener, SSL_CTX* tls);
  void serve(int fd);

  SSL_CTX* tls_;
  int epoll_;
  int plain_;
  int secure_;
  std::vector<char> buffer_;
  std::unordered_map<int, std::unique_ptr<Served>> clients_;
};

}  // namespace pintle::bench
