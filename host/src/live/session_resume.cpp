// SPDX-License-Identifier: Apache-2.0
#include "live/session_resume.h"

#include <chrono>
#include <utility>

namespace pintle::live {
namespace {

constexpr std::size_t kMaxSessions = 256;
constexpr std::size_t kMaxSessionId = 256;

}  // namespace

void SessionResume::received(std::string_view session_id, std::int64_t seq) {
  if (!on_resume_ || session_id.size() > kMaxSessionId) return;
  if (const auto known = last_seq_.find(session_id); known != last_seq_.end()) {
    known->second = seq;
    return;
  }
  if (last_seq_.size() == kMaxSessions) last_seq_.erase(last_seq_.begin());
  last_seq_.emplace(session_id, seq);
}

std::vector<LiveRequest> SessionResume::resume(TimePoint now, const LiveState& state) {
  const auto lost_at = std::exchange(lost_at_, kNever);
  const auto last_seq = std::exchange(last_seq_, {});
  if (lost_at == kNever || !on_resume_) return {};
  const auto greeting = state.greeting;  // A copy: a callback of the app may change the state.
  Resumption resumption;
  resumption.away_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - lost_at).count();
  resumption.generation = state.generation;
  resumption.greeting = greeting;
  resumption.last_seq = &last_seq;
  return on_resume_(resumption);
}

}  // namespace pintle::live
