// SPDX-License-Identifier: Apache-2.0
#include <cerrno>

#include "disk_space.h"

namespace pintle {

bool allocate_blocks(int, std::size_t) noexcept {
  errno = EOPNOTSUPP;
  return false;
}

}  // namespace pintle
