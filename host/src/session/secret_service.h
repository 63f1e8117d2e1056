// SPDX-License-Identifier: Apache-2.0
//
// The part of the desktop's Secret Service that a session store needs.
//
// Threads: one call at a time. A call may block forever: SecretServiceStore limits its time.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include <pintle/core/base/secret.h>
#include <pintle/session_store.h>

namespace pintle {

class SecretService {
 public:
  virtual ~SecretService() = default;

  /// Each throws Error(store) if the service is unavailable or its collection is locked; none
  /// prompts the user to unlock it.
  virtual std::optional<Secret> look_up(const SessionKey& key) = 0;
  virtual void keep(const SessionKey& key, const Secret& session) = 0;
  virtual void remove(const SessionKey& key) = 0;
};

/// Returns a service over libsecret, or null if Pintle was built without it.
std::shared_ptr<SecretService> make_secret_service();

}  // namespace pintle
