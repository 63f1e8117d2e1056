// SPDX-License-Identifier: Apache-2.0
//
// A client's socket of the bench server: non-blocking bytes, plain or TLS.
//
// Threads: the loop's.

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include <openssl/ssl.h>

namespace pintle::bench {

class Wire {
 public:
  enum class State { moved, later, ended };
  struct Moved {
    State state;
    std::size_t size = 0;  ///< moved: bytes, at least one.
  };

  /// Takes ownership of `fd`; `tls` may be null. Throws std::bad_alloc.
  Wire(int fd, SSL_CTX* tls);
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire();

  int fd() const noexcept { return fd_; }

  Moved read(std::span<char> buffer) noexcept;
  Moved write(std::string_view bytes) noexcept;
  /// Decrypted bytes that epoll does not report.
  bool holds_more() const noexcept;
  /// The last call waits for the socket to accept bytes (a handshake that must write first).
  bool needs_write() const noexcept { return needs_write_; }

 private:
  struct Free {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };

  Moved tls_result(int done) noexcept;

  int fd_;
  std::unique_ptr<SSL, Free> ssl_;
  bool needs_write_ = false;
};

}  // namespace pintle::bench
