// SPDX-License-Identifier: Apache-2.0
//
// A Redis, wherever its master is: one node, behind sentinels, or a cluster.
//
// Threads: any; one command at a time.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>

#include "base/mutex.h"
#include "net/watchdog.h"
#include "redis/redis_address.h"
#include "redis/redis_link.h"
#include "redis/reply.h"

namespace pintle::redis {

struct RedisSettings {
  RedisAddress address;
  std::string ca_file{};
  std::function<Secret()> password{};
  std::function<Secret()> sentinel_password{};
  std::chrono::milliseconds timeout{2'000};
  /// True: another machine may be used without TLS. A sentinel or a cluster may name any.
  bool allows_plain = false;
};

/// Returns true if what is sent to `node` without TLS leaves this machine.
bool is_exposed(const Node& node);

class RedisServer {
 public:
  explicit RedisServer(RedisSettings settings);
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  /// Runs the Lua script on the node that has `keys`, which are in one slot. Blocks for at most
  /// four time limits. A script may run twice: it is repeated if its reply was lost. Throws
  /// Error(store); after a failure further calls fail at once for a while, up to three
  /// seconds.
  Reply run(std::string_view script, const std::vector<std::string>& keys,
            const std::vector<std::string>& arguments);
  /// Runs a command that concerns `key`.
  Reply call(const Command& command, const std::string& key);

  /// After a write: waits until a replica has it, if there is one. Returns false if none has
  /// confirmed it in time.
  bool wait_for_replica(const std::string& key);

  /// Connects to a node that passes on published messages. Throws Error(store).
  std::unique_ptr<RedisLink> connect_for_messages(const std::stop_token& cancel = {}) const;

  /// Returns why Redis cannot be used just now, if a call has found that.
  std::optional<Error> trouble() const;
  std::string text() const { return settings_.address.text(); }

 private:
  RedisLink& link_for(const std::string& key) PINTLE_REQUIRES(mutex_);
  Reply call_somewhere(const Command& command, const std::string& key) PINTLE_REQUIRES(mutex_);
  bool follow(const Reply& reply, const std::string& key) PINTLE_REQUIRES(mutex_);
  void failed(const Error& error) PINTLE_REQUIRES(mutex_);
  std::unique_ptr<RedisLink> connect(const Node& node, const std::stop_token& cancel) const;
  std::unique_ptr<RedisLink> connect_to_master(const std::stop_token& cancel) const;
  Node ask_sentinel(const Node& sentinel, const std::stop_token& cancel) const;

  const RedisSettings settings_;
  mutable Mutex mutex_;
  // By node, "host:port"; a single Redis and the sentinels' master have the name "".
  std::map<std::string, std::unique_ptr<RedisLink>> links_ PINTLE_GUARDED_BY(mutex_);
  std::map<std::string, Node> homes_ PINTLE_GUARDED_BY(mutex_);  // of keys in a cluster
  bool is_asking_ PINTLE_GUARDED_BY(mutex_) = false;             // the next call follows an ASK
  std::optional<Error> trouble_ PINTLE_GUARDED_BY(mutex_);
  net::TimePoint down_until_ PINTLE_GUARDED_BY(mutex_){};
  std::chrono::milliseconds pause_ PINTLE_GUARDED_BY(mutex_){0};
};

/// Returns between a half and one and a half of `pause`, at random: a fleet must not come back at
/// one moment.
std::chrono::milliseconds spread(std::chrono::milliseconds pause);

/// Returns what is between the braces of `key`, which decides its slot; all of it without them.
std::string hash_tag_of(std::string_view key);

}  // namespace pintle::redis
