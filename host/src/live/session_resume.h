// SPDX-License-Identifier: Apache-2.0
//
// Remembers what the app needs to resume its sessions after a loss: how long the connection was
// away, and the last event of each session.
//
// Threads: the loop's. Has no clock.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/live_options.h>

#include "io/loop.h"

namespace pintle::live {

class SessionResume {
 public:
  using Callback = std::function<std::vector<LiveRequest>(const Resumption&)>;

  /// `on_resume`: if empty, nothing is remembered.
  explicit SessionResume(Callback on_resume) : on_resume_(std::move(on_resume)) {}

  /// An event of that session was received. Sessions above a limit are forgotten.
  void received(std::string_view session_id, std::int64_t seq);
  void lost(TimePoint now) noexcept { lost_at_ = now; }
  /// Returns the requests that the app sends before all others, if the connection was lost before.
  std::vector<LiveRequest> resume(TimePoint now, const LiveState& state);

 private:
  const Callback on_resume_;
  TimePoint lost_at_ = kNever;
  std::map<std::string, std::int64_t, std::less<>> last_seq_;
};

}  // namespace pintle::live
