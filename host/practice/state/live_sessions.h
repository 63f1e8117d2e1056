// SPDX-License-Identifier: Apache-2.0
//
// The conversations on WebSockets, which outlive a dropped one for a while (gateway-contract 6:
// session.resume within 20 s).
//
// Threads: any thread.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "practice/server/options.h"

namespace pintle::practice {

class LiveSessions {
 public:
  LiveSessions(std::int64_t keep_ms, Clock clock) : keep_ms_(keep_ms), clock_(std::move(clock)) {}

  /// Creates a session on the connection with that number; returns its id.
  std::string create(std::uint64_t connection);
  /// Moves a session that is on a connection, or left one recently enough, to `connection`. Returns
  /// the number of its last event, or nothing if there is no such session.
  std::optional<std::int64_t> resume(std::string_view id, std::uint64_t connection);
  /// The connection has ended: the time limit of its sessions starts.
  void left(std::uint64_t connection);
  /// Returns the number of the session's next event, from 1; 0 if there is no such session.
  std::int64_t next_event(std::string_view id);
  std::vector<std::string> ids() const;
  void forget_all();

 private:
  struct Session {
    std::uint64_t connection = 0;  // 0: on none.
    std::int64_t left_ms = 0;
    std::int64_t last_event = 0;
  };

  bool lapsed(const Session& session) const;

  std::int64_t keep_ms_;
  Clock clock_;
  mutable Mutex mutex_;
  std::map<std::string, Session, std::less<>> sessions_ PINTLE_GUARDED_BY(mutex_);
};

}  // namespace pintle::practice
