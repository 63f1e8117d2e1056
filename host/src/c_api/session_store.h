// SPDX-License-Identifier: Apache-2.0
//
// A session store that a C app implements.
//
// Threads: any, concurrently.

#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <pintle/core/base/secret.h>
#include <pintle/pintle.h>
#include <pintle/session_store.h>

namespace pintle::c_api {

class CallbackStore final : public SessionStore {
 public:
  /// Throws Error(config) if a function is missing.
  explicit CallbackStore(const pintle_session_store* given);
  CallbackStore(const CallbackStore&) = delete;
  CallbackStore& operator=(const CallbackStore&) = delete;
  /// Tells the app that its functions are not called any more, if they were adopted.
  ~CallbackStore() override;

  /// The host exists: from now on this owns the app's `user`.
  void adopt() noexcept { is_adopted_ = true; }

  StoredSession load(const SessionKey& key) override;
  std::string save(const SessionKey& key, const Secret& session) override;
  void erase(const SessionKey& key) override;
  std::string where(const SessionKey& key) const override;
  std::unique_ptr<SessionLock> lock(const SessionKey& key, int timeout_ms) override;

 private:
  const pintle_session_store given_;
  bool is_adopted_ = false;
};

}  // namespace pintle::c_api
