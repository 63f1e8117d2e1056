// SPDX-License-Identifier: Apache-2.0
//
// Accepts connections on a loopback port and gives each a thread.
//
// Threads: `stop` and `cut_all_but` from any; the serving function runs on each connection's
// thread.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include <Poco/Event.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/ServerSocket.h>

#include "base/mutex.h"
#include "practice/server/wire.h"

namespace pintle::practice {

class Listener {
 public:
  using Serve = std::function<void(Wire&)>;

  /// Binds. `tls` may be null; port 0 selects a free one. Throws Error(tcp).
  Listener(const std::string& address, std::uint16_t port, const Poco::Net::Context::Ptr& tls,
           std::atomic<std::uint64_t>& connection_count, Serve serve);
  ~Listener() { stop(); }

  /// Starts to accept; call it once.
  void start();
  std::uint16_t port() const noexcept { return port_; }
  /// Ends every connection except the one with that number (0: all); new ones are still accepted.
  void cut_all_but(std::uint64_t number);
  /// Ends everything and returns when every thread has ended.
  void stop();

 private:
  struct Connection {
    Connection(const Poco::Net::StreamSocket& socket, std::uint64_t number, bool secure)
        : wire(socket, number, secure) {}
    Wire wire;
    std::atomic<bool> done{false};
    std::thread thread;
  };

  void accept_loop();
  void accept_one();
  void reap();

  Poco::Net::ServerSocket socket_;
  bool secure_;
  std::uint16_t port_ = 0;
  std::atomic<std::uint64_t>& connection_count_;
  Serve serve_;
  Poco::Event stopping_{Poco::Event::EVENT_MANUALRESET};
  Mutex mutex_;
  std::list<std::unique_ptr<Connection>> connections_ PINTLE_GUARDED_BY(mutex_);
  std::thread acceptor_;
};

}  // namespace pintle::practice
