// SPDX-License-Identifier: Apache-2.0
//
// Changes a buffer that may hold credentials without leaving copies of them in freed memory.
//
// Threads: pure functions.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/core/base/secret.h>

namespace pintle::net {

inline void append_wiping(std::string& buffer, std::string_view bytes) {
  if (buffer.capacity() - buffer.size() < bytes.size()) {
    std::string larger;
    larger.reserve(buffer.size() + bytes.size());
    larger += buffer;
    std::swap(buffer, larger);
    wipe(larger);
  }
  buffer += bytes;
}

/// Removes the first `size` bytes, and what moving the rest leaves behind it.
inline void drop_front(std::string& buffer, std::size_t size) {
  if (size == buffer.size()) return wipe(buffer);
  const auto rest = buffer.size() - size;
  buffer.erase(0, size);
  buffer.append(size, '\0').resize(rest);
}

}  // namespace pintle::net
