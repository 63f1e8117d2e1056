// SPDX-License-Identifier: Apache-2.0
#include "c_api/edge.h"
#include "c_api/live/live.h"

using namespace pintle;

std::uint32_t pintle_live_state(const pintle_live* live, pintle_error* why) {
  c_api::put_plain_error(why, "");
  if (live == nullptr) return PINTLE_LIVE_CLOSED;
  std::uint32_t number = PINTLE_LIVE_IDLE;
  c_api::guarded(why, [&] {
    const auto state = live->live.state();
    number = c_api::number_of(state.kind);
    if (state.why) c_api::put_error(why, *state.why);
  });
  return number;
}

const char* pintle_live_state_name(std::uint32_t state) {
  if (state > PINTLE_LIVE_CLOSED) return "unknown";
  for (auto kind = LiveState::Kind::idle;;
       kind = static_cast<LiveState::Kind>(static_cast<int>(kind) + 1)) {
    if (c_api::number_of(kind) == state) return name_of(kind);
  }
}
