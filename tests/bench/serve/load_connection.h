// SPDX-License-Identifier: Apache-2.0
//
// One connection of the load generator: asks, reads the whole answer, and asks again. It does as
// little as possible with what it reads, so that the server in question dominates.
//
// Threads: one.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pintle::bench {

using Clock = std::chrono::steady_clock;

struct LoadOptions {
  std::string mode;  ///< rest, echo, download, idle
  std::string path = "/";
  std::string header;  ///< One more line for each request, without its end.
  std::uint16_t port = 0;
  std::size_t connections = 1;
  std::size_t size = 64;  ///< echo: of a message.
  double seconds = 1;
};

/// Connects to 127.0.0.1. Throws std::system_error.
int connect_to(std::uint16_t port);

class LoadConnection {
 public:
  /// Connects, and upgrades to a WebSocket if the mode is one of it. Blocks. Throws.
  explicit LoadConnection(const LoadOptions& options);
  LoadConnection(const LoadConnection&) = delete;
  LoadConnection& operator=(const LoadConnection&) = delete;
  ~LoadConnection();

  int fd() const noexcept { return fd_; }
  /// Sends the next request or message, as far as the socket takes it; `work` sends the rest.
  void ask();
  /// Reads and writes what is possible. Returns true if the answer is complete. Throws if the
  /// connection ended.
  bool work(std::span<char> buffer);
  /// True if it waits for space to send.
  bool needs_to_write() const noexcept { return sent_ < request_.size(); }

  Clock::time_point asked_at() const noexcept { return asked_at_; }
  std::uint64_t received() const noexcept { return received_; }

 private:
  void upgrade(const LoadOptions& options);
  bool take(std::string_view bytes);

  int fd_;
  std::string request_;
  std::size_t sent_ = 0;
  bool is_websocket_;
  std::string head_;        // of the answer, until it is complete
  std::uint64_t left_ = 0;  // of its body
  bool in_body_ = false;
  std::uint64_t received_ = 0;
  Clock::time_point asked_at_{};
};

}  // namespace pintle::bench
