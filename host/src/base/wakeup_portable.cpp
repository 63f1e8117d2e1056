// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <pintle/files/descriptors.h>

#include "base/wakeup.h"

namespace pintle {

Wakeup::Wakeup() noexcept {
  auto ends = open_pipe();
  if (!ends.first || ::fcntl(ends.first.get(), F_SETFL, O_NONBLOCK) != 0 ||
      ::fcntl(ends.second.get(), F_SETFL, O_NONBLOCK) != 0) {
    return;
  }
  from_ = std::move(ends.first);
  to_ = std::move(ends.second);
}

// A full pipe is readable, so that a ring that finds it full has been heard.
void Wakeup::ring() const noexcept {
  constexpr char kRing = 1;
  while (::write(to_.get(), &kRing, sizeof kRing) < 0 && errno == EINTR) {
  }
}

void Wakeup::drain() const noexcept {
  std::array<char, 64> rings;
  for (;;) {
    const auto got = ::read(from_.get(), rings.data(), rings.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < static_cast<ssize_t>(rings.size())) return;
  }
}

}  // namespace pintle
