// SPDX-License-Identifier: Apache-2.0
//
// Stores sessions in Redis, encrypted, for many machines: one of them refreshes at a time
// (docs/decisions/0020).
//
// Threads and machines: any.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <pintle/core/base/secret.h>
#include <pintle/session_store.h>

#include "base/mutex.h"
#include "redis/message_watch.h"
#include "redis/redis_server.h"
#include "session/session_seal.h"

namespace pintle {

/// The keys of a store, which are read again when a record needs one that is not there.
class StoreKeys {
 public:
  /// Throws what `read` throws.
  explicit StoreKeys(std::function<KeyRing()> read);

  std::shared_ptr<const KeyRing> current() const;
  /// At most once a second; else, and if they cannot be read, returns the current ones.
  std::shared_ptr<const KeyRing> read_again();

 private:
  const std::function<KeyRing()> read_;
  mutable Mutex mutex_;
  std::shared_ptr<const KeyRing> current_ PINTLE_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point read_at_ PINTLE_GUARDED_BY(mutex_);
};

struct RedisStoreSettings {
  std::shared_ptr<redis::RedisServer> server;
  std::shared_ptr<redis::MessageWatch> messages;  ///< Of the same Redis; may be shared.
  std::shared_ptr<StoreKeys> keys;
  std::string prefix = "pintle";  ///< Of the names of records.
  std::int64_t lease_ms = 10'000;
};

class RedisSessionStore final : public SessionStore {
 public:
  explicit RedisSessionStore(RedisStoreSettings settings);
  ~RedisSessionStore() override;

  StoredSession load(const SessionKey& key) override;
  std::string save(const SessionKey& key, const Secret& session) override;
  std::string save_unless_newer(const SessionKey& key, const Secret& session) override;
  std::unique_ptr<SessionReservation> reserve(const SessionKey& key, std::size_t bytes) override;
  std::string save_in(SessionReservation& reservation, const SessionKey& key,
                      const Secret& session) override;
  void erase(const SessionKey& key) override;
  void erase_unless_newer(const SessionKey& key) override;
  std::string where(const SessionKey& key) const override;
  std::unique_ptr<SessionLock> lock(const SessionKey& key, int timeout_ms) override;
  bool is_shared() const noexcept override { return true; }
  bool compares_writes() const noexcept override { return true; }
  std::unique_ptr<SessionWatch> watch(const SessionKey& key,
                                      std::function<void()> changed) override;

 private:
  class Holder;
  class Lease;
  class Intent;
  class Listening;

  std::string name_of(const SessionKey& key) const;
  std::shared_ptr<Holder> holder_of(const SessionKey& key);

  const std::shared_ptr<const RedisStoreSettings> settings_;
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<Holder>> holders_ PINTLE_GUARDED_BY(mutex_);  // by name
};

}  // namespace pintle
