// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <utility>

#include <pintle/files/descriptors.h>

#include "base/unnamed_file.h"
#include "base/write_all.h"

namespace pintle {

// A file, even one without a name, would put a secret on a disk.
UniqueFd unnamed_file_of(std::string_view text) noexcept {
  auto ends = open_pipe();
  if (!ends.first || ::fcntl(ends.second.get(), F_SETFL, O_NONBLOCK) != 0) return {};
  if (!write_all(ends.second.get(), text)) return {};
  return std::move(ends.first);
}

}  // namespace pintle
