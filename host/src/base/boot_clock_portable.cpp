// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <ctime>

#include "base/boot_clock.h"
#include "base/clock_ms.h"
#include "base/mutex.h"

namespace pintle {
namespace {

struct Clocks {
  Mutex mutex;
  std::int64_t wall PINTLE_GUARDED_BY(mutex) = clock_ms(CLOCK_REALTIME);
  std::int64_t steady PINTLE_GUARDED_BY(mutex) = clock_ms(CLOCK_MONOTONIC);
  std::int64_t sum PINTLE_GUARDED_BY(mutex) = 0;
};

}  // namespace

// One clock may stand still in a sleep, the other may be put back: what has passed is the larger.
std::int64_t boot_ms() noexcept {
  static Clocks clocks;
  const MutexLock lock(clocks.mutex);
  const auto wall = clock_ms(CLOCK_REALTIME);
  const auto steady = clock_ms(CLOCK_MONOTONIC);
  clocks.sum += std::max(wall - clocks.wall, steady - clocks.steady);
  clocks.wall = wall;
  clocks.steady = steady;
  return clocks.sum;
}

}  // namespace pintle
