// SPDX-License-Identifier: Apache-2.0
//
// What the broker's loop watches: the door where connections come in, and the connections.
//
// Header-only. Threads: the loop's, except for `ClientConnection`'s stream and client, which belong
// to the worker that serves a request.

#pragma once

#include <chrono>
#include <stop_token>
#include <utility>

#include "broker/server.h"

namespace pintle::broker {

/// Watches the listening socket, and pauses if no connection can be accepted.
class Server::Door final : public live::Loop::Watcher {
 public:
  explicit Door(Server& server) : server_(server), again_(server.loop_, [this] { open(); }) {}
  ~Door() { close(); }

  void open() {
    server_.loop_.watch(server_.listener_.fd(), live::kReadable, *this);
    is_open_ = true;
  }
  void close() noexcept {
    again_.unset();
    if (std::exchange(is_open_, false)) server_.loop_.unwatch(server_.listener_.fd(), *this);
  }
  void pause() {
    close();
    again_.set(server_.loop_.now() + kPause);
  }

  void on_ready(live::Events) override { server_.accept_all(); }
  void on_round_end() override {}

 private:
  // After the system had no descriptor left.
  static constexpr std::chrono::milliseconds kPause{100};

  Server& server_;
  live::Timer again_;
  bool is_open_ = false;
};

class Server::ClientConnection final : public live::Loop::Watcher {
 public:
  ClientConnection(Server& server, UniqueFd fd, PeerUser user)
      : stream(std::move(fd), StreamLimits()),
        client{.stream = stream, .user = user, .gone = gone.get_token()},
        due(server.loop_, [&server, this] { server.remove(*this); }),
        server_(server),
        fd_(stream.fd()) {}
  ~ClientConnection() { unwatch(); }

  void watch(live::Events events) {
    if (std::exchange(is_watched_, true)) {
      server_.loop_.rewatch(fd_, events, *this);
    } else {
      server_.loop_.watch(fd_, events, *this);
    }
  }
  void unwatch() noexcept {
    if (std::exchange(is_watched_, false)) server_.loop_.unwatch(fd_, *this);
  }
  void interrupt() noexcept {
    gone.request_stop();
    stream.interrupt();
  }

  void on_ready(live::Events) override {
    if (!is_busy) return server_.on_readable(*this);
    // It has closed its side: nobody waits for the response.
    unwatch();
    gone.request_stop();
  }
  void on_round_end() override {}

  ClientStream stream;
  std::stop_source gone;
  Service::Client client;
  live::Timer due;
  std::size_t scanned = 0;  // of the next head
  bool is_busy = false;     // a worker has it

 private:
  Server& server_;
  const int fd_;  // a WebSocket's belongs to its splice afterwards
  bool is_watched_ = false;
};

}  // namespace pintle::broker
