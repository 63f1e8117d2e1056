// SPDX-License-Identifier: Apache-2.0
#include "ui/ping_watch.h"

#include <algorithm>

namespace pintle::ui {
namespace {

constexpr PingWatch::Milliseconds kBetweenLooks{500};

}  // namespace

void PingWatch::connected(Time now) {
  disconnected();
  is_connected_ = true;
  last_message_ = now;
  next_ping_ = now;
}

void PingWatch::disconnected() {
  is_connected_ = false;
  is_on_its_way_ = false;
  unanswered_since_.reset();
}

bool PingWatch::is_due(Time now) const {
  return is_connected_ && !is_on_its_way_ && now >= next_ping_;
}

std::uint64_t PingWatch::sent(Time now) {
  is_on_its_way_ = true;
  if (!unanswered_since_) unanswered_since_ = now;
  next_ping_ = now + kBetweenPings;
  return ++pings_;
}

void PingWatch::answered(std::uint64_t ping, Time now) {
  if (ping != pings_ || !is_connected_) return;
  is_on_its_way_ = false;
  unanswered_since_.reset();
  last_message_ = now;
}

void PingWatch::lost(std::uint64_t ping) {
  if (ping == pings_) is_on_its_way_ = false;
}

std::optional<PingWatch::Milliseconds> PingWatch::silence(Time now) const {
  if (!unanswered_since_) return std::nullopt;
  const auto quiet = now - std::max(*unanswered_since_, last_message_);
  if (quiet < kLate) return std::nullopt;
  return std::chrono::duration_cast<Milliseconds>(quiet);
}

PingWatch::Time PingWatch::next(Time now) const {
  if (!is_connected_) return now + kBetweenPings;
  return is_on_its_way_ ? now + kBetweenLooks : std::max(now, next_ping_);
}

}  // namespace pintle::ui
