// SPDX-License-Identifier: Apache-2.0
#include "live/reconnect_state.h"

#include <utility>

namespace pintle::live {
namespace {

using Kind = LiveState::Kind;

// A message above the limit, a protocol violation or an expired credential may be gone after a new
// dial; if it is not, dialling again would never end.
constexpr int kMaxHopelessLosses = 2;

}  // namespace

ReconnectState::ReconnectState(const LiveOptions& options)
    : reconnect_(options.reconnect),
      stable_(options.backoff_reset_after_ms),
      backoff_({.first_ms = options.initial_backoff_ms,
                .cap_ms = options.max_backoff_ms,
                // From 0: when a gateway restarts, all its clients begin to wait at once.
                .jitter = Backoff::Jitter::full}) {}

bool is_latched(Kind kind) noexcept {
  return kind == Kind::needs_sign_in || kind == Kind::failed || kind == Kind::closed;
}

void ReconnectState::set(Kind kind) {
  state_ = LiveState{.kind = kind, .generation = state_.generation};
  if (kind != Kind::ready) ready_at_ = kNever;
}

void ReconnectState::dial(bool known) {
  set(known ? Kind::dialling : Kind::probing);
  ++state_.generation;
}

void ReconnectState::probed() { set(Kind::dialling); }

void ReconnectState::ready(TimePoint now, bool reused_connection, std::string greeting) {
  set(Kind::ready);
  ready_at_ = now;
  was_ready_ = true;
  state_.reused_connection = reused_connection;
  state_.greeting = std::move(greeting);
}

void ReconnectState::dial_failed(const Error& why, std::uint64_t random) {
  set(Kind::waiting);
  // What worked once may work again on another network: a name that does not resolve there, the
  // certificate of a captive portal.
  wait_or_latch(why, !why.can_retry() && (why.needs_sign_in() || !was_ready_), random);
}

void ReconnectState::lost(WsConnectionEnd end, TimePoint now, std::uint64_t random) {
  if (ready_at_ != kNever && now - ready_at_ >= stable_) {
    backoff_.reset();
    hopeless_losses_ = 0;
  }
  auto why = end.why.value_or(Error(Layer::websocket, "the live connection ended").with_retry());
  hopeless_losses_ = why.can_retry() ? 0 : hopeless_losses_ + 1;
  set(Kind::waiting);
  state_.close_code = end.code;
  state_.close_reason = std::move(end.reason);
  wait_or_latch(std::move(why), hopeless_losses_ >= kMaxHopelessLosses, random);
}

void ReconnectState::wait_or_latch(Error why, bool hopeless, std::uint64_t random) {
  if (!reconnect_) {
    state_.kind = Kind::closed;
  } else if (!hopeless) {
    state_.wait_ms = backoff_.next_delay_ms(random, why.retry_after_ms());
  } else {
    state_.kind = why.needs_sign_in() ? Kind::needs_sign_in : Kind::failed;
    hopeless_losses_ = 0;
  }
  state_.why = std::move(why);
}

bool ReconnectState::should_dial_now() const noexcept {
  return is(Kind::waiting) || is(Kind::needs_sign_in) || is(Kind::failed);
}

bool ReconnectState::should_dial_with_new_credential() const noexcept {
  return is(Kind::waiting) || is(Kind::needs_sign_in);
}

void ReconnectState::close(WsConnectionEnd end) {
  set(Kind::closed);
  state_.close_code = end.code;
  state_.close_reason = std::move(end.reason);
  state_.why = std::move(end.why);
}

}  // namespace pintle::live
