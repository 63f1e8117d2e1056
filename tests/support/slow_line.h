// SPDX-License-Identifier: Apache-2.0
//
// A slow line between a client and a server, which counts the round trips: a proxy of bytes on
// loopback.
//
// A round trip is a client that had to wait: bytes were sent to the server, and then some came
// back. One more, that of the TCP handshake, is counted for each connection, though loopback
// answers it at once.
//
// Threads: created and destroyed by one; counts, any.

#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace pintle::test {

class SlowLine {
 public:
  /// Connects to 127.0.0.1:`port`. `one_way`: the delay of each byte; 0 only counts.
  explicit SlowLine(std::uint16_t port, std::chrono::milliseconds one_way = {})
      : target_(port), one_way_(one_way) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, raw, size) != 0 || ::listen(listener_, 1024) != 0 ||
        ::getsockname(listener_, raw, &size) != 0) {
      throw std::runtime_error("the slow line cannot listen");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~SlowLine() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    cut();
    for (auto& line : lines_) line.thread.join();
    ::close(listener_);
  }
  SlowLine(const SlowLine&) = delete;
  SlowLine& operator=(const SlowLine&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  int round_trips() const noexcept { return round_trips_; }
  int connections() const noexcept { return connections_; }
  void reset() noexcept { round_trips_ = connections_ = 0; }

  /// Ends every connection, in both directions.
  void cut() {
    const std::lock_guard lock(mutex_);
    for (auto& line : lines_) {
      for (const int fd : line.fds) {
        if (fd >= 0) ::shutdown(fd, SHUT_RDWR);
      }
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Piece {
    Clock::time_point due;
    std::string bytes;
  };
  struct Line {
    std::array<int, 2> fds{-1, -1};  // The client's, the server's.
    std::thread thread;
  };

  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
  }

  void accept_all() {
    while (!stopping_) {
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      const std::lock_guard lock(mutex_);
      auto& line = lines_.emplace_back();
      line.fds[0] = client;
      ++connections_;
      ++round_trips_;
      line.thread = std::thread([this, &line] { carry(line); });
    }
  }

  void carry(Line& line) {
    std::this_thread::sleep_for(2 * one_way_);  // The round trip of the TCP handshake.
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(target_);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      {
        const std::lock_guard lock(mutex_);
        line.fds[1] = server;
      }
      relay(line.fds);
    }
    const std::lock_guard lock(mutex_);
    for (int* fd : {&line.fds[0], &line.fds[1]}) {
      if (*fd >= 0) ::close(std::exchange(*fd, -1));
    }
    if (line.fds[1] < 0 && server >= 0) ::close(server);
  }

  void relay(const std::array<int, 2>& fds) {
    std::array<std::vector<Piece>, 2> in_flight;  // From the client, from the server.
    bool client_waits = false;
    bool ended = false;
    while (!ended || !in_flight[0].empty() || !in_flight[1].empty()) {
      auto next = Clock::time_point::max();
      for (const auto& pieces : in_flight) {
        if (!pieces.empty()) next = std::min(next, pieces.front().due);
      }
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()).count();
      std::array<pollfd, 2> ready{pollfd{ended ? -1 : fds[0], POLLIN, 0},
                                  pollfd{ended ? -1 : fds[1], POLLIN, 0}};
      ::poll(ready.data(), 2,
             next == Clock::time_point::max() ? -1 : static_cast<int>(left > 0 ? left : 0));
      for (std::size_t from = 0; from < 2; ++from) {
        if (ended || ready[from].revents == 0) continue;
        char bytes[65536];
        const auto got = ::recv(fds[from], bytes, sizeof bytes, 0);
        if (got <= 0) {
          ended = true;
          break;
        }
        if (from == 0) {
          client_waits = true;
        } else if (std::exchange(client_waits, false)) {
          ++round_trips_;
        }
        in_flight[from].push_back(
            {Clock::now() + one_way_, std::string(bytes, static_cast<std::size_t>(got))});
      }
      for (std::size_t from = 0; from < 2; ++from) {
        auto& pieces = in_flight[from];
        while (!pieces.empty() && pieces.front().due <= Clock::now()) {
          const auto& piece = pieces.front().bytes;
          if (::send(fds[1 - from], piece.data(), piece.size(), MSG_NOSIGNAL) < 0) return;
          pieces.erase(pieces.begin());
        }
      }
    }
  }

  const std::uint16_t target_;
  const std::chrono::milliseconds one_way_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> round_trips_{0};
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  std::list<Line> lines_;
  std::thread acceptor_;
};

}  // namespace pintle::test
