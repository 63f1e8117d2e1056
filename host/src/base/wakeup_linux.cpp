// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/wakeup.h"

namespace pintle {

Wakeup::Wakeup() noexcept : from_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Wakeup::ring() const noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto put = ::write(from_.get(), &one, sizeof one);
}

void Wakeup::drain() const noexcept {
  std::uint64_t rings = 0;
  [[maybe_unused]] const auto got = ::read(from_.get(), &rings, sizeof rings);
}

}  // namespace pintle
