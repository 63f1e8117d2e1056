// SPDX-License-Identifier: Apache-2.0
//
// One client of the bench server: HTTP/1.1 requests, then the mode that the path of its upgrade
// selects.
//
// Threads: the loop's.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

#include <pintle/core/ws/ws_message.h>

#include "server/flood.h"
#include "server/wire.h"

namespace pintle::bench {

class Session {
 public:
  Session(int fd, SSL_CTX* tls) : wire_(fd, tls) {}

  int fd() const noexcept { return wire_.fd(); }

  /// Reads, responds and writes as far as possible without blocking. `buffer` is a scratch buffer
  /// that all sessions share. Returns false if the session is over.
  bool work(std::span<char> buffer);

  /// Returns what to wait for next, as epoll's events.
  std::uint32_t awaits() const noexcept;

 private:
  enum class Speaks : std::uint8_t { http, echo, flood, events, rpc, idle };

  void take(std::span<char> bytes);
  void take_http();
  void answer(std::string_view head);
  bool upgrade(std::string_view head, std::string_view target);
  void take_messages(std::span<char> bytes);
  void take_message(const ws::Event& event);
  bool flush();
  bool has_to_write() const noexcept { return sent_ < out_.size() || !flood_.over(); }

  Wire wire_;
  Speaks speaks_ = Speaks::http;
  bool ending_ = false;  // Nothing more is read; ends when all is written.
  std::optional<ws::MessageReader> reader_;
  std::string in_;   // Of an incomplete request.
  std::string out_;  // Bytes to write, from `sent_` on.
  std::size_t sent_ = 0;
  Flood flood_;
};

}  // namespace pintle::bench
