// SPDX-License-Identifier: Apache-2.0
#include <ctime>
#include <sys/timerfd.h>

#include "io/sleep_clock.h"

namespace pintle::live {
namespace {

std::int64_t read_ms(clockid_t clock) noexcept {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

}  // namespace

// One clock advances while the machine sleeps, the other does not.
std::int64_t system_asleep_ms() noexcept {
  return read_ms(CLOCK_BOOTTIME) - read_ms(CLOCK_MONOTONIC);
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
