// SPDX-License-Identifier: Apache-2.0
//
// The state of a live connection as other threads see it.
//
// Threads: any; `publish`, `set_greeting` on the loop's.

#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>
#include <string_view>

#include <pintle/live_state.h>

#include "base/mutex.h"

namespace pintle::live {

class PublishedState {
 public:
  using Kind = LiveState::Kind;

  LiveState get() const;
  bool is_ready() const noexcept { return kind_ == Kind::ready; }
  /// Returns true if the open WebSocket is that of `generation`.
  bool is_ready(std::uint64_t generation) const;
  /// Throws the reason if no request can be sent in the current state.
  void throw_if_latched() const;
  /// Blocks until the connection is ready or latched; -1: no limit. Throws as
  /// `LiveConnection::wait_until_ready` does.
  void wait_until_ready(std::int64_t timeout_ms, const std::stop_token& cancel);

  void publish(const LiveState& state);
  void set_greeting(std::string_view greeting);
  /// Refuses requests from now on; the state follows when the connection has ended.
  void refuse_requests() noexcept { kind_ = Kind::closed; }

 private:
  mutable Mutex mutex_;
  Condition changed_;
  LiveState state_ PINTLE_GUARDED_BY(mutex_);
  std::atomic<Kind> kind_{Kind::idle};
};

}  // namespace pintle::live
