// SPDX-License-Identifier: Apache-2.0
#include "live/published_state.h"

#include <string>

#include <pintle/core/base/error.h>

#include "io/loop.h"
#include "live/reconnect_state.h"

namespace pintle::live {

LiveState PublishedState::get() const {
  const MutexLock lock(mutex_);
  return state_;
}

bool PublishedState::is_ready(std::uint64_t generation) const {
  const MutexLock lock(mutex_);
  return state_.generation == generation && state_.kind == Kind::ready;
}

void PublishedState::throw_if_latched() const {
  if (!is_latched(kind_)) return;
  const auto now = get();
  if (is_latched(now.kind) && now.why) throw *now.why;
  if (kind_ == Kind::closed) throw Error(Layer::websocket, "the live connection is closed");
}

void PublishedState::wait_until_ready(std::int64_t timeout_ms, const std::stop_token& cancel) {
  MutexLock lock(mutex_);
  const auto settled = [&]() PINTLE_REQUIRES(mutex_) {
    return state_.kind == Kind::ready || is_latched(state_.kind);
  };
  if (timeout_ms < 0) {
    changed_.wait(mutex_, cancel, settled);
  } else {
    changed_.wait_for(mutex_, cancel, at_most_a_year(timeout_ms), settled);
  }
  if (state_.kind == Kind::ready) return;
  if (cancel.stop_requested()) throw Error(Layer::tcp, "the operation was cancelled");
  if (state_.why) throw *state_.why;
  if (state_.kind == Kind::closed) {
    throw Error(Layer::websocket, "the live connection is closed");
  }
  throw Error(Layer::tcp,
              "the live connection was not ready within " + std::to_string(timeout_ms) + " ms")
      .with_retry();
}

void PublishedState::publish(const LiveState& state) {
  {
    const MutexLock lock(mutex_);
    state_ = state;
  }
  kind_ = state.kind;
  changed_.notify_all();
}

void PublishedState::set_greeting(std::string_view greeting) {
  const MutexLock lock(mutex_);
  state_.greeting = greeting;
}

}  // namespace pintle::live
