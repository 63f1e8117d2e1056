// SPDX-License-Identifier: Apache-2.0
#include "disk_space.h"

#include <cerrno>

namespace pintle {

bool allocate_blocks(int, std::size_t) noexcept {
  errno = EOPNOTSUPP;
  return false;
}

}  // namespace pintle
