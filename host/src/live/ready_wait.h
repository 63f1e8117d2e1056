// SPDX-License-Identifier: Apache-2.0
//
// The wait of a new WebSocket for the message after which it is ready: what came instead.
//
// Threads: the loop's.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/profile.h>

#include "base/known_secrets.h"

namespace pintle::live {

class ReadyWait {
 public:
  /// A message was received that is not the one.
  void received(std::string_view text);
  /// Returns why the connection is lost after the wait: which message was awaited, and of the last
  /// one that came what it has there. It holds no other part of a message.
  Error timed_out(const GatewayProfile& profile, const KnownSecrets& secrets) const;

 private:
  std::size_t count_ = 0;
  std::string last_;  // Empty if it was long.
};

}  // namespace pintle::live
