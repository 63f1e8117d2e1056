// SPDX-License-Identifier: Apache-2.0
//
// A clock of POSIX in milliseconds. Header-only. Threads: any.

#pragma once

#include <cstdint>
#include <ctime>

namespace pintle {

inline std::int64_t clock_ms(clockid_t clock) noexcept {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

}  // namespace pintle
