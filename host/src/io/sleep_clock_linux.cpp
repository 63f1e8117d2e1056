// SPDX-License-Identifier: Apache-2.0
#include <ctime>
#include <sys/timerfd.h>

#include "base/clock_ms.h"
#include "io/sleep_clock.h"

namespace pintle::live {

// One clock advances while the machine sleeps, the other does not.
std::int64_t system_asleep_ms() noexcept {
  return clock_ms(CLOCK_BOOTTIME) - clock_ms(CLOCK_MONOTONIC);
}

UniqueFd open_clock_change() noexcept {
  UniqueFd made(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  // Never due.
  const itimerspec never{.it_interval = {}, .it_value = {.tv_sec = 32'503'680'000, .tv_nsec = 0}};
  if (made) {
    ::timerfd_settime(made.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, nullptr);
  }
  return made;
}

}  // namespace pintle::live
