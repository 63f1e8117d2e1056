// SPDX-License-Identifier: Apache-2.0
#include <ctime>

#include "base/boot_clock.h"

namespace pintle {

std::int64_t boot_ms() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace pintle
