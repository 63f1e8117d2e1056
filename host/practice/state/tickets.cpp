// SPDX-License-Identifier: Apache-2.0
#include "practice/state/tickets.h"

#include "practice/state/random.h"

namespace pintle::practice {

std::string Tickets::mint() {
  auto ticket = random_token();
  const MutexLock lock(mutex_);
  const auto now = clock_();
  std::erase_if(expires_ms_, [&](const auto& entry) { return entry.second <= now; });
  expires_ms_[ticket] = now + life_ms_;
  request_log_.count(&Counters::tickets_minted);
  return ticket;
}

bool Tickets::redeem(std::string_view ticket) {
  const MutexLock lock(mutex_);
  const auto found = expires_ms_.find(ticket);
  if (found == expires_ms_.end()) return false;
  const bool in_time = found->second > clock_();
  expires_ms_.erase(found);
  if (in_time) request_log_.count(&Counters::tickets_used);
  return in_time;
}

void Tickets::forget_all() {
  const MutexLock lock(mutex_);
  expires_ms_.clear();
}

}  // namespace pintle::practice
