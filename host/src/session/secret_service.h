// SPDX-License-Identifier: Apache-2.0
//
// The desktop's Secret Service, as far as a session store needs it.
//
// Threads: one call at a time. A call may block for ever: SecretServiceStore gives each a limit.

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

  /// Each throws Error(store) where the service is not there, or its collection is locked: nobody
  /// is asked to unlock it.
  virtual std::optional<Secret> look_up(const SessionKey& key) = 0;
  virtual void keep(const SessionKey& key, const Secret& session) = 0;
  virtual void remove(const SessionKey& key) = 0;
};

/// Over libsecret; null where Pintle was built without it.
std::shared_ptr<SecretService> make_secret_service();

}  // namespace pintle
