// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include "base/memory_privacy.h"

namespace pintle {

bool forbid_core_files() noexcept {
  const rlimit none{0, 0};
  return ::setrlimit(RLIMIT_CORE, &none) == 0;
}

// All pages at once, as others lock them, would be in memory for good.
bool lock_memory() noexcept { return false; }

}  // namespace pintle
