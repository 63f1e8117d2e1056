// SPDX-License-Identifier: Apache-2.0
//
// A store in memory that fails on demand, and writes down what is done with it.
//
// Threads: one at a time.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/session_store.h>

namespace pintle::test {

class MemoryStore final : public SessionStore {
 public:
  using Sessions = std::map<std::string, std::string>;
  using Journal = std::vector<std::string>;

  /// `sessions` may be those of another store: one place under two names.
  MemoryStore(std::string name, std::shared_ptr<Journal> journal,
              std::shared_ptr<Sessions> sessions = std::make_shared<Sessions>())
      : name_(std::move(name)), journal_(std::move(journal)), sessions_(std::move(sessions)) {}

  StoredSession load(const SessionKey& key) override {
    if (is_unreadable) throw Error(Layer::store, name_ + " cannot be read");
    const auto found = sessions_->find(key.scheme);
    StoredSession stored;
    if (found != sessions_->end()) stored.session = Secret(found->second);
    return stored;
  }
  std::string save(const SessionKey& key, const Secret& session) override {
    if (saves_left == 0) throw Error(Layer::store, name_ + " is full").with_user_action();
    --saves_left;
    journal_->push_back(name_ + " saves " + key.scheme);
    (*sessions_)[key.scheme] = session.reveal();
    return {};
  }
  void erase(const SessionKey& key) override {
    if (is_read_only) throw Error(Layer::store, name_ + " is read-only");
    if (sessions_->erase(key.scheme) > 0) journal_->push_back(name_ + " erases " + key.scheme);
  }
  std::string where(const SessionKey& key) const override { return name_ + " " + key.scheme; }
  std::unique_ptr<SessionLock> lock(const SessionKey& key, int) override {
    if (cannot_lock) throw Error(Layer::store, name_ + " is locked").with_retry();
    if (newer > 0) {
      --newer;
      (*sessions_)[key.scheme] = "newer";
      return std::make_unique<Newer>();
    }
    return std::make_unique<Lock>(locked, key.scheme);
  }

  std::string save_unless_newer(const SessionKey& key, const Secret& session) override {
    if (changes_meanwhile) throw SessionChanged(Layer::store, name_ + " has another one");
    return save(key, session);
  }
  bool is_shared() const noexcept override { return shares; }
  bool compares_writes() const noexcept override { return shares; }

  Sessions& sessions() { return *sessions_; }

  bool is_unreadable = false;
  bool is_read_only = false;
  bool cannot_lock = false;
  bool shares = false;             // with other machines
  bool changes_meanwhile = false;  // by another machine
  int newer = 0;                   // how often another machine renews the session before a lock
  int saves_left = 100;
  std::map<std::string, int> locked;  // by scheme

 private:
  struct Newer final : SessionLock {
    State state() const noexcept override { return State::newer; }
  };

  class Lock final : public SessionLock {
   public:
    Lock(std::map<std::string, int>& locked, std::string scheme)
        : locked_(locked), scheme_(std::move(scheme)) {
      ++locked_[scheme_];
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() override { --locked_[scheme_]; }

   private:
    std::map<std::string, int>& locked_;
    const std::string scheme_;
  };

  const std::string name_;
  const std::shared_ptr<Journal> journal_;
  const std::shared_ptr<Sessions> sessions_;
};

}  // namespace pintle::test
