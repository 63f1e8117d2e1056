// SPDX-License-Identifier: Apache-2.0
//
// Listens for published messages on a connection and a thread of its own.
//
// Threads: any. Callbacks run one after the other on that thread.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "redis/redis_server.h"

namespace pintle::redis {

class MessageWatch {
 public:
  /// Called with a message; with an empty one after each connection, as some may have been lost
  /// before it. It must not throw.
  using Heard = std::function<void(std::string_view message)>;

  /// Starts with the first subscription.
  explicit MessageWatch(std::shared_ptr<RedisServer> server);
  ~MessageWatch();
  MessageWatch(const MessageWatch&) = delete;
  MessageWatch& operator=(const MessageWatch&) = delete;

  /// Listens until `stop_listening`, which returns when `heard` runs no more, unless it is called
  /// by it.
  std::uint64_t listen(std::string channel, Heard heard);
  void stop_listening(std::uint64_t id);

 private:
  struct State;  // the thread's too: a callback may drop the last owner of this
  const std::shared_ptr<State> state_;
};

}  // namespace pintle::redis
