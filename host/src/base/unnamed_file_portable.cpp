// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <pintle/files/descriptors.h>

#include "base/unnamed_file.h"

namespace pintle {

// A file, even one without a name, would put a secret on a disk.
UniqueFd unnamed_file_of(std::string_view text) noexcept {
  auto ends = open_pipe();
  if (!ends.first || ::fcntl(ends.second.get(), F_SETFL, O_NONBLOCK) != 0) return {};
  while (!text.empty()) {
    const auto count = ::write(ends.second.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return {};
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return std::move(ends.first);
}

}  // namespace pintle
