// SPDX-License-Identifier: Apache-2.0
#include <ctime>

#include "io/sleep_clock.h"

namespace pintle::live {
namespace {

std::int64_t read_ms(clockid_t clock) noexcept {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

}  // namespace

// What is checked needlessly after the clock was put forward is found in order.
std::int64_t system_asleep_ms() noexcept {
  return read_ms(CLOCK_REALTIME) - read_ms(CLOCK_MONOTONIC);
}

UniqueFd open_clock_change() noexcept { return {}; }

}  // namespace pintle::live
