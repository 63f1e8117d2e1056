// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <ctime>

#include "base/boot_clock.h"
#include "base/mutex.h"

namespace pintle {
namespace {

std::int64_t read_ms(clockid_t clock) noexcept {
  timespec now{};
  ::clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

struct Clocks {
  Mutex mutex;
  std::int64_t wall PINTLE_GUARDED_BY(mutex) = read_ms(CLOCK_REALTIME);
  std::int64_t steady PINTLE_GUARDED_BY(mutex) = read_ms(CLOCK_MONOTONIC);
  std::int64_t sum PINTLE_GUARDED_BY(mutex) = 0;
};

}  // namespace

// One clock may stand still in a sleep, the other may be put back: what has passed is the larger.
std::int64_t boot_ms() noexcept {
  static Clocks clocks;
  const MutexLock lock(clocks.mutex);
  const auto wall = read_ms(CLOCK_REALTIME);
  const auto steady = read_ms(CLOCK_MONOTONIC);
  clocks.sum += std::max(wall - clocks.wall, steady - clocks.steady);
  clocks.wall = wall;
  clocks.steady = steady;
  return clocks.sum;
}

}  // namespace pintle
