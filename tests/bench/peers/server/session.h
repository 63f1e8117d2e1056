// SPDX-License-Identifier: Apache-2.0
//
// One client of the bench server: HTTP/1.1 requests, then what the path of its upgrade asks for.
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

  /// Reads, answers and writes what can be done without waiting. `room` is scratch memory that all
  /// sessions share. False where the session is over.
  bool work(std::span<char> room);

  /// What to wait for next, as epoll's events.
  std::uint32_t awaits() const noexcept;

 private:
  enum class Speaks : std::uint8_t { http, echo, flood, rpc, idle };

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
  bool ending_ = false;  // Nothing is read any more; ends when all is written.
  std::optional<ws::MessageReader> reader_;
  std::string in_;   // Of a request that has not come whole.
  std::string out_;  // What is to be written, from `sent_` on.
  std::size_t sent_ = 0;
  Flood flood_;
};

}  // namespace pintle::bench
