// SPDX-License-Identifier: Apache-2.0
//
// Stores sessions in the desktop's Secret Service, or in files if that fails, so that a new session
// is never lost to a locked keyring.
//
// Threads and processes: any. Each call to the service runs on its own thread with a time limit.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "session/secret_service.h"

namespace pintle {

class SecretServiceStore final : public SessionStore {
 public:
  /// `files` also provides the lock. `limit_ms` applies to each call to the service.
  SecretServiceStore(std::shared_ptr<SecretService> service, std::shared_ptr<SessionStore> files,
                     int limit_ms = 2'000)
      : service_(std::move(service)), files_(std::move(files)), limit_ms_(limit_ms) {}

  /// Prefers a session in a file: it is newer. `save` writes a file only if the service fails, and
  /// removes it once the service stores a session.
  StoredSession load(const SessionKey& key) override;
  std::string save(const SessionKey& key, const Secret& session) override;
  /// Throws Error(store) if the service may still have the session.
  void erase(const SessionKey& key) override;
  /// Erases it in the service alone. Throws as `erase`.
  void erase_in_service(const SessionKey& key);
  /// Returns true if a session in `files` counts as one of this store.
  bool is_backed_by(const SessionStore& files) const noexcept { return files_.get() == &files; }
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

/// Returns true if `store` is a keyring and a session in `files` counts as one of it.
bool is_backed_by(const SessionStore& store, const SessionStore& files) noexcept;

/// Erases the session in `store`, but not in `kept`: a keyring and the files behind it have a part
/// in common. Throws as SessionStore::erase_unless_newer.
void erase_apart(SessionStore& store, const SessionStore& kept, const SessionKey& key);

/// Throws Error(config) if there is no store of that name.
void check_store_name(const std::string& name);

/// Returns `files` for "file" or an empty name (or if `files` is null), and for "secret-service" a
/// store over the Secret Service that falls back to `files`. Throws Error(config) for another name,
/// or if Pintle was built without the service.
std::shared_ptr<SessionStore> session_store_named(const std::string& name,
                                                  std::shared_ptr<SessionStore> files);

}  // namespace pintle
