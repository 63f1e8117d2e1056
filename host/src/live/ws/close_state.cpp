// SPDX-License-Identifier: Apache-2.0
#include "live/ws/close_state.h"

#include <algorithm>
#include <utility>

namespace pintle::live {
namespace {

using std::chrono::milliseconds;

// Of a closing handshake: from the last progress on, and in all.
constexpr milliseconds kCloseTime{3'000};
constexpr milliseconds kMaxCloseTime{30'000};

}  // namespace

Error link_lost(const std::string& why) {
  return Error(Layer::tcp, "the live connection was lost: " + why)
      .with_retry()
      .with_hint("If this repeats, check the network.");
}

LossCause WsConnectionEnd::cause() const noexcept {
  if (is_silent) return LossCause::silent;
  const auto layer = why ? why->layer() : Layer::tcp;
  if (layer == Layer::gate) return LossCause::credential;
  if (layer == Layer::host_guard) return LossCause::host_guard;
  if (code != ws::number_of(ws::CloseCode::abnormal)) return LossCause::closed;
  return layer == Layer::websocket ? LossCause::protocol : LossCause::broken;
}

void CloseState::enter(Phase next, TimePoint now) {
  if (phase_ == Phase::ended || std::exchange(phase_, next) != Phase::open) return;
  limit_ = now + kMaxCloseTime;
  deadline_ = now + kCloseTime;
}

void CloseState::answer(WsConnectionEnd how, TimePoint now) {
  lost_.reset();  // a stream that ends behind the peer's Close ends in order
  end_ = std::move(how);
  enter(Phase::answering, now);
}

void CloseState::break_off(Error why, TimePoint now) {
  lost_.reset();
  end_ = {ws::number_of(ws::CloseCode::abnormal), {}, std::move(why)};
  enter(Phase::breaking_off, now);
}

void CloseState::lose(std::string why) {
  if (!lost_) lost_ = std::move(why);
}

// To a link that is closing a lost socket is expected.
WsConnectionEnd CloseState::outcome() {
  if (phase_ == Phase::open && lost_) end_.why = link_lost(*lost_);
  return std::move(end_);
}

void CloseState::progressed(TimePoint now) {
  if (phase_ != Phase::open) deadline_ = std::min(now + kCloseTime, limit_);
}

void CloseState::allow_last(TimePoint now) { limit_ = deadline_ = now + kCloseTime; }

}  // namespace pintle::live
