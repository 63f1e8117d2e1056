// SPDX-License-Identifier: Apache-2.0
//
// Tracks live connections that wait for a sign-in, and changes of credentials.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <pintle/live.h>

#include "base/mutex.h"
#include "connection/connection_context.h"
#include "connection/front/front.h"
#include "connection/gateway_choice.h"

namespace pintle {

class CredentialWatch {
 public:
  /// All must outlive this.
  CredentialWatch(ConnectionContext& context, GatewayChoice& choice, Front& front)
      : context_(context), choice_(choice), front_(front) {}

  void add(const std::shared_ptr<LiveConnection::Impl>& live);
  /// Called after a sign-in on this connection: live connections that wait for it dial.
  void credential_changed();
  /// Returns a number that changes if a credential may have changed: here, in the store by another
  /// process, or in a secret file. Reads the disk at most every two seconds.
  std::uint64_t version();

 private:
  std::uint64_t files_version() const;

  ConnectionContext& context_;
  GatewayChoice& choice_;
  Front& front_;
  Mutex mutex_;
  std::vector<std::weak_ptr<LiveConnection::Impl>> lives_ PINTLE_GUARDED_BY(mutex_);
  std::uint64_t signed_in_count_ PINTLE_GUARDED_BY(mutex_) = 0;
  std::uint64_t files_version_ PINTLE_GUARDED_BY(mutex_) = 0;
  net::TimePoint looked_at_ PINTLE_GUARDED_BY(mutex_){};
};

}  // namespace pintle
