// SPDX-License-Identifier: Apache-2.0
//
// One connection to one node of Redis, signed in.
//
// Threads: one at a time.

#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <pintle/core/base/secret.h>

#include "net/stream.h"
#include "net/watchdog.h"
#include "redis/redis_address.h"
#include "redis/reply.h"

namespace pintle::redis {

struct LinkSettings {
  Node node;
  bool secure = false;
  std::string ca_file{};  ///< Trusted instead of the system's, if not empty.
  std::string user{};
  std::function<Secret()> password{};  ///< Reads it; empty: there is none.
  int database = 0;
  std::chrono::milliseconds timeout{2'000};  ///< Of connecting, and of each command.
};

class RedisLink {
 public:
  /// Connects and signs in, unless `cancel` is requested before. Throws Error(store).
  explicit RedisLink(LinkSettings settings, const std::stop_token& cancel = {});

  /// Sends the command and returns its reply, which may be an error. Throws Error(store) if there
  /// is none within the time limit; then the link is of no more use.
  Reply call(const Command& command) { return call(command, settings_.timeout); }
  Reply call(const Command& command, std::chrono::milliseconds timeout);

  const Node& node() const noexcept { return settings_.node; }

  /// For a subscription: both return at once. `receive` reads what there is and returns false if
  /// Redis has closed the connection.
  void send(const Command& command);
  bool receive();
  std::optional<Reply> next() { return reader_.next(); }
  net::Stream& stream() noexcept { return *stream_; }

 private:
  void connect();
  void sign_in();
  Reply exchange(const Command& command);

  const LinkSettings settings_;
  const std::string peer_;
  net::Watch watch_;
  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<net::Attached> attached_;  // after the stream: ends before it
  ReplyReader reader_;
};

/// Returns the Error(store) for what Redis refused, by its code alone.
Error refusal(const Node& node, const Reply& reply, const std::string& what);

}  // namespace pintle::redis
