// SPDX-License-Identifier: Apache-2.0
//
// A store that others use too, in memory, which does what a test says.
//
// Threads: any; set the hooks while no thread uses the store.

#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/session_store.h>

namespace pintle::test {

class FleetStore final : public SessionStore {
 public:
  StoredSession load(const SessionKey& /*key*/) override {
    check();
    const std::lock_guard lock(mutex_);
    StoredSession stored;
    if (session_) stored.session = Secret(*session_);
    seen_ = version_;
    return stored;
  }
  std::string save(const SessionKey& /*key*/, const Secret& session) override {
    check();
    put(std::string(session.reveal()));
    const std::lock_guard lock(mutex_);
    seen_ = version_;
    return {};
  }
  std::string save_unless_newer(const SessionKey& key, const Secret& session) override {
    check_seen();
    return save(key, session);
  }
  void erase(const SessionKey& /*key*/) override {
    check();
    const std::lock_guard lock(mutex_);
    session_.reset();
    seen_ = ++version_;
  }
  void erase_unless_newer(const SessionKey& key) override {
    check_seen();
    erase(key);
  }
  std::string where(const SessionKey& /*key*/) const override { return "a fleet"; }
  std::unique_ptr<SessionLock> lock(const SessionKey& /*key*/, int /*timeout_ms*/) override {
    ++locks;
    check();
    return std::make_unique<Lock>(before_lock ? before_lock() : SessionLock::State::held);
  }
  std::unique_ptr<SessionReservation> reserve(const SessionKey& /*key*/, std::size_t) override {
    ++reservations;
    check();
    if (before_reserve) before_reserve();
    check_seen();
    return std::make_unique<Intent>(*this, reservations);
  }
  std::string save_in(SessionReservation& /*reservation*/, const SessionKey& key,
                      const Secret& session) override {
    return save(key, session);
  }
  bool is_shared() const noexcept override { return true; }
  bool compares_writes() const noexcept override { return true; }

  /// As another machine does.
  void put(std::string session) {
    const std::lock_guard lock(mutex_);
    session_ = std::move(session);
    ++version_;
  }
  /// In their order: 'n' for not_used, 'u' for unknown, 'e' for ended.
  std::string outcomes() const {
    const std::lock_guard lock(mutex_);
    return outcomes_;
  }

  std::atomic<bool> away{false};
  std::atomic<int> locks{0};
  std::atomic<int> reservations{0};
  std::function<SessionLock::State()> before_lock;
  std::function<void()> before_reserve;

 private:
  struct Lock final : SessionLock {
    explicit Lock(State of) : state_of(of) {}
    State state() const noexcept override { return state_of; }
    const State state_of;
  };
  struct Intent final : SessionReservation {
    Intent(FleetStore& of, int with_number) : store(of), number(with_number) {}
    bool settle(RenewalOutcome outcome) override {
      const std::lock_guard lock(store.mutex_);
      store.outcomes_ += outcome == RenewalOutcome::not_used  ? 'n'
                         : outcome == RenewalOutcome::unknown ? 'u'
                                                              : 'e';
      return outcome == RenewalOutcome::unknown && number < 2;
    }
    bool is_for_one_request() const noexcept override { return true; }
    bool outlives_a_failure() const noexcept override { return true; }
    FleetStore& store;
    const int number;
  };

  void check() const {
    if (away) throw Error(Layer::store, "cannot reach the fleet").with_retry();
  }
  void check_seen() const {
    const std::lock_guard lock(mutex_);
    if (seen_ != version_) throw SessionChanged(Layer::store, "another session is stored");
  }

  mutable std::mutex mutex_;
  std::optional<std::string> session_;
  int version_ = 0;
  int seen_ = 0;
  std::string outcomes_;
};

}  // namespace pintle::test
