// SPDX-License-Identifier: Apache-2.0
//
// Sessions in the desktop's Secret Service, and in files where that fails: what cannot be kept
// there is kept here, so a fresh session is never lost to a locked keyring.
//
// Threads and processes: any. Each call to the service has a thread of its own and a time limit.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "session/secret_service.h"

namespace pintle {

class SecretServiceStore final : public SessionStore {
 public:
  /// `files` also has the lock. `limit_ms` is for each call to the service.
  SecretServiceStore(std::shared_ptr<SecretService> service, std::shared_ptr<SessionStore> files,
                     int limit_ms = 2'000)
      : service_(std::move(service)), files_(std::move(files)), limit_ms_(limit_ms) {}

  /// A session in a file is newer: it was put there because the service failed, and is removed when
  /// the service takes one.
  StoredSession load(const SessionKey& key) override;
  std::string save(const SessionKey& key, const Secret& session) override;
  /// Throws where the service may still have it.
  void erase(const SessionKey& key) override;
  std::string where(const SessionKey& key) const override;
  std::unique_ptr<SessionLock> lock(const SessionKey& key, int timeout_ms) override {
    return files_->lock(key, timeout_ms);
  }

 private:
  struct Call;
  void within_limit(const std::shared_ptr<Call>& call) const;

  std::shared_ptr<SecretService> service_;
  std::shared_ptr<SessionStore> files_;
  int limit_ms_;
};

/// `files` itself, or a store over the Secret Service with `files` behind it. Throws Error(config)
/// for another name, and where Pintle was built without the service.
std::shared_ptr<SessionStore> session_store_named(const std::string& name,
                                                  std::shared_ptr<SessionStore> files);

}  // namespace pintle
