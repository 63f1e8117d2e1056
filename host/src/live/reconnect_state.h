// SPDX-License-Identifier: Apache-2.0
//
// The life of a live connection as a pure state machine: events in, actions out (architecture, rule
// 3).
//
// Threads: one at a time. It holds no clock, no randomness and no socket.

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

/// No automatic transition is left: needs_sign_in, failed, closed.
bool is_latched(LiveState::Kind kind) noexcept;

class ReconnectState {
 public:
  explicit ReconnectState(const LiveOptions& options);

  const LiveState& state() const noexcept { return state_; }
  std::uint64_t generation() const noexcept { return state_.generation; }
  bool is(LiveState::Kind kind) const noexcept { return state_.kind == kind; }
  bool is_latched() const noexcept { return live::is_latched(state_.kind); }

  /// A new generation. `known`: what the gateway is was found out already.
  void dial(bool known);
  void probed();
  void ready(TimePoint now, bool reused_connection, std::string greeting);
  /// The greeting came when it was ready already.
  void greeted(std::string greeting) { state_.greeting = std::move(greeting); }

  /// Each leaves it waiting or latched. `random`: any 64 random bits. `lost`: of an open WebSocket,
  /// ready or not yet.
  void dial_failed(const Error& why, std::uint64_t random);
  void lost(WsConnectionEnd end, TimePoint now, std::uint64_t random);

  /// The machine slept, or the app asks: what waits need wait no longer. True if to dial now.
  bool wants_dial_now() const noexcept;
  /// A credential changed: the same for what needs a sign-in.
  bool wants_dial_with_new_credential() const noexcept;

  void close(WsConnectionEnd end);

 private:
  void set(LiveState::Kind kind);
  void wait_or_latch(Error why, bool hopeless, std::uint64_t random);

  const bool reconnect_;
  const std::chrono::milliseconds stable_;
  Backoff backoff_;
  TimePoint ready_at_ = kNever;
  bool was_ready_ = false;
  int hopeless_losses_ = 0;  // in a row, none of them after a stable time
  LiveState state_;
};

}  // namespace pintle::live
