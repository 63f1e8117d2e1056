// SPDX-License-Identifier: Apache-2.0
//
// One holder of one session in Redis: what it has seen, its lease, and the steps of the protocol
// (docs/decisions/0020, whose names these have).
//
// Threads: any.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/session_store.h>

#include "base/mutex.h"
#include "redis/reply.h"
#include "session/redis_session_store.h"

namespace pintle {

class RedisSessionStore::Holder : public std::enable_shared_from_this<Holder> {
 public:
  Holder(std::shared_ptr<const RedisStoreSettings> settings, SessionKey key,
         const std::string& name);

  enum class Mode { always, unless_newer };

  StoredSession load();
  /// Without opening it.
  bool has_session() const;
  /// Of a sign-in, or a sign-out if `session` is empty.
  void save(const Secret& session, Mode mode);
  std::unique_ptr<SessionLock> lock(int timeout_ms);
  std::unique_ptr<SessionReservation> reserve();
  void save_in(Intent& intent, const Secret& session);

  bool settle(const Intent& intent, RenewalOutcome outcome);
  /// True if the lease of that fence has certainly not lapsed.
  bool still_holds(std::int64_t fence) const;
  /// Keeps the lease, if there is one.
  void renew();
  /// Ends it if nothing is sent under it.
  void release() noexcept;

  /// Returns true if the message tells of a change that this holder has not made itself, and it is
  /// time to look: of many that hear it, each looks a little later. Wakes who waits for the lease.
  bool hear(std::string_view message);
  /// A watch begins, and ends: without one, `hear` does not wait.
  void add_watch() noexcept;
  void remove_watch() noexcept;

  const std::string& channel() const noexcept { return record_; }
  const RedisStoreSettings& settings() const noexcept { return *settings_; }

 private:
  static constexpr int kMaxTries = 2;  // of one token

  // A lease, as it was acquired.
  struct Held {
    std::int64_t fence = 0;
    std::int64_t base = 0;      // the fence of the record whose session is sent
    std::int64_t until_ms = 0;  // it has not lapsed before, even if this process was stopped
    bool is_sent = false;       // with an intent, and nothing has come of it yet
  };
  // A step whose reply was lost. It is repeated before the next lease.
  struct Owed {
    RenewalOutcome outcome;
    Held held;
    int sent = 0;
  };

  // How often others may come between.
  static constexpr int kMaxLooks = 8;
  static Error changes_all_the_time();

  redis::Reply run(std::string_view script, const std::vector<std::string>& arguments) const;
  redis::Reply acquire();
  void put_back();
  /// Returns what the step of that name does, when a replica has it too.
  std::string note_intent(const Held& held, int sent);
  void settle_owed();
  void owe(const Owed& owed);
  /// Returns true if another session is stored.
  bool report_outcome(const Owed& owed);
  void take(const redis::Reply& record) PINTLE_REQUIRES(mutex_);
  void remember(std::int64_t fence, std::optional<Secret> session, std::string origin)
      PINTLE_REQUIRES(mutex_);
  void see(std::int64_t fence, std::optional<Secret> session, std::string origin)
      PINTLE_REQUIRES(mutex_);
  std::string seal(const Secret& session) const;
  Secret open(const std::string& sealed) const;
  std::string origin_for(const Secret& session) PINTLE_REQUIRES(mutex_);
  void wait_for_news(std::uint64_t heard, std::int64_t timeout_ms);

  const std::shared_ptr<const RedisStoreSettings> settings_;
  const SessionKey key_;
  const std::string record_;
  const std::string lease_;
  const std::string counter_;
  const std::string me_;

  mutable Mutex mutex_;
  Condition news_arrived_;
  std::uint64_t news_count_ PINTLE_GUARDED_BY(mutex_) = 0;
  std::int64_t seen_ PINTLE_GUARDED_BY(mutex_) = 0;
  std::optional<Secret> session_ PINTLE_GUARDED_BY(mutex_);  // of the record that was seen
  std::string origin_ PINTLE_GUARDED_BY(mutex_);
  int sent_ PINTLE_GUARDED_BY(mutex_) = 0;  // how often it was sent, as far as this one knows
  std::optional<Held> current_lease_ PINTLE_GUARDED_BY(mutex_);
  std::optional<Owed> owed_ PINTLE_GUARDED_BY(mutex_);
  bool must_look_ PINTLE_GUARDED_BY(mutex_) = false;  // before anything is sent
  int watches_ PINTLE_GUARDED_BY(mutex_) = 0;
  std::chrono::steady_clock::time_point looked_at_ PINTLE_GUARDED_BY(mutex_);  // after a message
  std::string note_ PINTLE_GUARDED_BY(mutex_);
  // The last sign-in that could not be stored, for its repetition.
  Secret attempted_ PINTLE_GUARDED_BY(mutex_);
  std::string attempted_origin_ PINTLE_GUARDED_BY(mutex_);
};

/// The lease of a holder, renewed on a thread of its own.
class RedisSessionStore::Lease final : public SessionLock {
 public:
  explicit Lease(std::shared_ptr<Holder> holder);
  ~Lease() override;
  State state() const noexcept override { return State::held; }

 private:
  const std::shared_ptr<Holder> holder_;
  std::jthread thread_;
};

/// What a holder has noted before it sends the session's refresh token.
class RedisSessionStore::Intent final : public SessionReservation {
 public:
  Intent(std::shared_ptr<Holder> of, std::int64_t with_fence, std::int64_t of_base, int times)
      : holder(std::move(of)), fence(with_fence), base(of_base), sent(times) {}

  bool settle(RenewalOutcome outcome) override { return holder->settle(*this, outcome); }
  bool is_for_one_request() const noexcept override { return true; }
  bool may_still_be_sent() const override { return holder->still_holds(fence); }
  bool outlives_a_failure() const noexcept override { return true; }

  const std::shared_ptr<Holder> holder;
  const std::int64_t fence;
  const std::int64_t base;
  const int sent;  // this time included
};

}  // namespace pintle
