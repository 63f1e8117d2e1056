// SPDX-License-Identifier: Apache-2.0
//
// A blocking socket, plain or TLS, upgraded to a WebSocket of core's codec: the lower bound of
// every client of this kind. One system call per read, nothing between it and the codec.
//
// Threads: one.

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>

#include <pintle/core/ws/ws_message.h>

#include "clients/task.h"

namespace pintle::bench {

class RawSocket {
 public:
  /// Connects, checks the server's certificate and upgrades. Throws std::exception.
  explicit RawSocket(const Task& task);
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;
  ~RawSocket();

  void send(std::string_view text);
  /// Returns the next message, with kPadding readable bytes after it; valid until the next call.
  std::string_view receive();

 private:
  struct Free {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  };

  void connect(const Url& url);
  void start_tls(const Task& task);
  void upgrade(const Url& url);
  void write_all(std::string_view bytes);
  std::size_t read_some(std::span<char> buffer);
  ws::MaskKey new_key();

  int fd_ = -1;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  std::vector<char> buffer_;
  std::span<char> input_;
  ws::MessageReader reader_{ws::Role::client};
  std::string out_;
  std::string keys_;  // Random bytes in advance: a call for four costs as much as one for many.
};

}  // namespace pintle::bench
