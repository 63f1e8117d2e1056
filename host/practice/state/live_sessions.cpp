// SPDX-License-Identifier: Apache-2.0
#include "practice/state/live_sessions.h"

#include "practice/state/random.h"

namespace pintle::practice {

bool LiveSessions::lapsed(const Session& session) const {
  return session.connection == 0 && clock_() - session.left_ms >= keep_ms_;
}

std::string LiveSessions::create(std::uint64_t connection) {
  const MutexLock lock(mutex_);
  std::erase_if(sessions_, [&](const auto& entry) { return lapsed(entry.second); });
  auto id = random_token(9);
  sessions_[id].connection = connection;
  return id;
}

std::optional<std::int64_t> LiveSessions::resume(std::string_view id, std::uint64_t connection) {
  const MutexLock lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || lapsed(found->second)) return std::nullopt;
  found->second.connection = connection;
  return found->second.last_event;
}

void LiveSessions::left(std::uint64_t connection) {
  const MutexLock lock(mutex_);
  for (auto& [id, session] : sessions_) {
    if (session.connection != connection) continue;
    session.connection = 0;
    session.left_ms = clock_();
  }
}

std::int64_t LiveSessions::next_event(std::string_view id) {
  const MutexLock lock(mutex_);
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? 0 : ++found->second.last_event;
}

std::vector<std::string> LiveSessions::ids() const {
  const MutexLock lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& [id, session] : sessions_) {
    if (!lapsed(session)) ids.push_back(id);
  }
  return ids;
}

void LiveSessions::forget_all() {
  const MutexLock lock(mutex_);
  sessions_.clear();
}

}  // namespace pintle::practice
