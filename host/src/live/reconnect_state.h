// SPDX-License-Identifier: Apache-2.0
//
// The state machine of a live connection: events in, actions out; no side effects (architecture,
// rule 3).
//
// Threads: one at a time. Has no clock, no randomness and no socket.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <pintle/core/base/backoff.h>
#include <pintle/core/base/error.h>
#include <pintle/live.h>

#include "live/ws/close_state.h"

namespace pintle::live {

/// Returns true if there is no automatic transition left: needs_sign_in, failed, closed.
bool is_latched(LiveState::Kind kind) noexcept;

class ReconnectState {
 public:
  explicit ReconnectState(const LiveOptions& options);

  const LiveState& state() const noexcept { return state_; }
  std::uint64_t generation() const noexcept { return state_.generation; }
  bool is(LiveState::Kind kind) const noexcept { return state_.kind == kind; }
  bool is_latched() const noexcept { return live::is_latched(state_.kind); }

  /// Starts a new generation. `known`: the gateway need not be probed.
  void dial(bool known);
  void probed();
  void ready(TimePoint now, bool reused_connection, std::string greeting);
  /// The greeting was received after the connection became ready.
  void greeted(std::string greeting) { state_.greeting = std::move(greeting); }

  /// After each, the state is waiting or latched. `random`: any 64 random bits. `lost`: an open
  /// WebSocket ended, ready or not.
  void dial_failed(const Error& why, std::uint64_t random);
  void lost(WsConnectionEnd end, TimePoint now, std::uint64_t random);

  /// After the machine slept, or if the app asks: returns true if the connection must dial now
  /// instead of waiting.
  bool should_dial_now() const noexcept;
  /// After a credential changed: the same for a connection that needs a sign-in.
  bool should_dial_with_new_credential() const noexcept;

  void close(WsConnectionEnd end);

 private:
  void set(LiveState::Kind kind);
  void wait_or_latch(Error why, bool hopeless, std::uint64_t random);

  const bool reconnect_;
  const std::chrono::milliseconds stable_;
  Backoff backoff_;
  TimePoint ready_at_ = kNever;
  bool was_ready_ = false;
  int hopeless_losses_ = 0;  // In a row, none of them after a stable time.
  LiveState state_;
};

}  // namespace pintle::live
