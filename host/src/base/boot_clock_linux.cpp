// SPDX-License-Identifier: Apache-2.0
#include <ctime>

#include "base/boot_clock.h"
#include "base/clock_ms.h"

namespace pintle {

std::int64_t boot_ms() noexcept { return clock_ms(CLOCK_BOOTTIME); }

}  // namespace pintle
