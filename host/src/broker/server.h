// SPDX-License-Identifier: Apache-2.0
//
// Accepts local clients and keeps their connections: one thread waits for all that are idle, each
// request in progress has a thread of a pool, and a WebSocket goes to a thread for all of them.
//
// A head is read without a thread of its own: a client that sends it slowly holds nothing but its
// connection.
//
// Threads: any, but the constructor and the destructor; `stop` once.

#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "broker/broker_meter.h"
#include "broker/lingering.h"
#include "broker/listener.h"
#include "broker/service.h"
#include "broker/ws_splice.h"
#include "io/loop.h"
#include "io/pool.h"

namespace pintle::broker {

struct ServerLimits {
  std::size_t connections = 10'000;
  std::size_t requests = 512;
  std::chrono::milliseconds idle{75'000};
  std::chrono::milliseconds head{10'000};
};

class Server {
 public:
  /// All must outlive this. `user_of` is called for each connection.
  Server(Listener& listener, Service& service, BrokerMeter& meter,
         std::function<PeerUser(int fd)> user_of, const ServerLimits& limits);
  /// Ends what is left at once.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Stops listening, and ends all connections within `grace`. Blocks.
  void stop(std::chrono::milliseconds grace);
  std::size_t websockets() const noexcept;

 private:
  class Door;
  class ClientConnection;

  void run_on_loop(const std::function<void()>& task);
  void accept_all();
  void admit(UniqueFd fd);
  void refuse(UniqueFd fd, std::string_view detail);
  void park(ClientConnection& connection);
  void on_readable(ClientConnection& connection);
  void dispatch(ClientConnection& connection, std::size_t head_size);
  void work(ClientConnection& connection, std::size_t head_size);
  std::size_t next_head(ClientConnection& connection);
  void finish(ClientConnection& connection, Service::Outcome outcome);
  void remove(ClientConnection& connection);
  void splice(SplicePair pair);
  void stop_accepting(bool interrupt);
  bool wait_until_idle(std::chrono::steady_clock::time_point due);

  Listener& listener_;
  Service& service_;
  BrokerMeter& meter_;
  const std::function<PeerUser(int fd)> user_of_;
  const ServerLimits limits_;
  Mutex mutex_;
  Condition idle_;
  std::size_t busy_ PINTLE_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<SpliceLoop>> splice_loops_;
  std::atomic<std::size_t> next_splice_loop_{0};

  // The loop's.
  std::unique_ptr<Door> door_;
  std::unordered_map<ClientConnection*, std::unique_ptr<ClientConnection>> connections_;
  Lingering lingering_;
  bool is_stopping_ = false;

  live::Loop loop_;
  live::Pool pool_;  // Last: its remaining tasks may use the rest.
};

}  // namespace pintle::broker
