// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <fcntl.h>

#include "disk_space.h"

namespace pintle {

bool allocate_blocks(int fd, std::size_t bytes) noexcept {
  int result = 0;
  do {
    result = ::fallocate(fd, 0, 0, static_cast<off_t>(bytes));
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno == ENOSYS) errno = EOPNOTSUPP;
  return result == 0;
}

}  // namespace pintle
