// SPDX-License-Identifier: Apache-2.0
//
// A machine of a fleet: a store of its own, with its own connections to a shared Redis.
//
// Threads: any.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <pintle/core/base/secret.h>
#include <pintle/core/text/base64.h>
#include <pintle/session_store.h>

#include "host/redis/redis_process.h"
#include "redis/message_watch.h"
#include "redis/redis_server.h"
#include "session/redis_session_store.h"
#include "session/session_seal.h"

namespace pintle::test {

/// A file of one key: 32 times the same byte.
inline std::string key_line(char byte) { return base64_of(std::string(32, byte)) + "\n"; }

inline SessionKey fleet_key(const std::string& connection = "home") {
  return {connection, GatewayUrl::parse("https://gateway.example"), "oauth"};
}

/// Short, so that a test does not wait long for one that lapses.
inline constexpr std::int64_t kLeaseMs = 1'000;

struct Machine {
  explicit Machine(const RedisProcess& redis, std::string keys = key_line('a'),
                   std::int64_t lease_ms = kLeaseMs)
      : Machine(
            redis, [keys = std::move(keys)] { return keys; }, lease_ms) {}
  Machine(const RedisProcess& redis, const std::function<std::string()>& keys,
          std::int64_t lease_ms = kLeaseMs)
      : server(std::make_shared<redis::RedisServer>(redis.settings())) {
    RedisStoreSettings settings;
    settings.server = server;
    settings.messages = std::make_shared<redis::MessageWatch>(server);
    settings.keys = std::make_shared<StoreKeys>([keys] { return KeyRing::parse(keys()); });
    settings.lease_ms = lease_ms;
    store = std::make_shared<RedisSessionStore>(std::move(settings));
  }

  /// "nothing" if there is none.
  std::string load(const SessionKey& key = fleet_key()) const {
    const auto found = store->load(key);
    return found.session ? std::string(found.session->reveal()) : "nothing";
  }
  void save(const std::string& session, const SessionKey& key = fleet_key()) const {
    store->save(key, Secret(session));
  }
  std::unique_ptr<SessionLock> lock(int timeout_ms = 5'000) const {
    return store->lock(fleet_key(), timeout_ms);
  }
  std::unique_ptr<SessionReservation> reserve() const { return store->reserve(fleet_key(), 0); }
  void save_in(SessionReservation& reservation, const std::string& session) const {
    store->save_in(reservation, fleet_key(), Secret(session));
  }
  /// One refresh, without a fault.
  void refresh(const std::string& session) const {
    const auto held = lock();
    const auto reservation = reserve();
    save_in(*reservation, session);
  }

  std::shared_ptr<redis::RedisServer> server;
  std::shared_ptr<RedisSessionStore> store;
};

}  // namespace pintle::test
