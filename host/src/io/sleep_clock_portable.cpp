// SPDX-License-Identifier: Apache-2.0
#include <ctime>

#include "base/clock_ms.h"
#include "io/sleep_clock.h"

namespace pintle::live {

// What is checked needlessly after the clock was put forward is found in order.
std::int64_t system_asleep_ms() noexcept {
  return clock_ms(CLOCK_REALTIME) - clock_ms(CLOCK_MONOTONIC);
}

UniqueFd open_clock_change() noexcept { return {}; }

}  // namespace pintle::live
