// SPDX-License-Identifier: Apache-2.0
//
// Single-use tickets for the WebSocket (gateway-contract 6).
//
// Threads: any thread.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "practice/server/options.h"
#include "practice/state/request_log.h"

namespace pintle::practice {

class Tickets {
 public:
  Tickets(std::int64_t life_ms, Clock clock, RequestLog& request_log)
      : life_ms_(life_ms), clock_(std::move(clock)), request_log_(request_log) {}

  std::string mint();
  /// Returns true once for each ticket, within its lifetime.
  bool redeem(std::string_view ticket);
  /// Only one process knows a ticket: a restart drops all of them.
  void forget_all();

 private:
  std::int64_t life_ms_;
  Clock clock_;
  RequestLog& request_log_;
  Mutex mutex_;
  std::map<std::string, std::int64_t, std::less<>> expires_ms_ PINTLE_GUARDED_BY(mutex_);
};

}  // namespace pintle::practice
