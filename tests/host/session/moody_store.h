// SPDX-License-Identifier: Apache-2.0
//
// A store that fails on demand, and otherwise forwards to another.
//
// Threads: as the other's; set `before_save` while no thread saves.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/session_store.h>

namespace pintle::test {

class MoodyStore final : public SessionStore {
 public:
  explicit MoodyStore(std::shared_ptr<SessionStore> real) : real_(std::move(real)) {}

  StoredSession load(const SessionKey& key) override {
    if (unreadable) throw Error(Layer::store, "the store cannot be read");
    return real_->load(key);
  }
  std::string save(const SessionKey& key, const Secret& session) override {
    ++saves;
    if (full) throw Error(Layer::store, "the disk is full").with_user_action();
    if (const auto hook = before_save) hook();
    return real_->save(key, session);
  }
  void erase(const SessionKey& key) override { real_->erase(key); }
  std::string where(const SessionKey& key) const override { return real_->where(key); }
  std::unique_ptr<SessionLock> lock(const SessionKey& key, int timeout_ms) override {
    return real_->lock(key, timeout_ms);
  }

  std::atomic<bool> full{false};
  std::atomic<bool> unreadable{false};
  std::atomic<int> saves{0};
  std::function<void()> before_save;

 private:
  std::shared_ptr<SessionStore> real_;
};

}  // namespace pintle::test
