// SPDX-License-Identifier: Apache-2.0
//
// Writes a text to a descriptor that waits, or has room for it. Header-only. Threads: any.

#pragma once

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <unistd.h>

namespace pintle {

/// Goes on after an interruption. Returns false with `errno` if not all of it could be written.
inline bool write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace pintle
