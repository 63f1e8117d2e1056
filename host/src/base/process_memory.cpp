// SPDX-License-Identifier: Apache-2.0
#include <pintle/process_memory.h>

#include "base/memory_privacy.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PINTLE_UNDER_A_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PINTLE_UNDER_A_SANITIZER 1
#endif
#endif

namespace pintle {

#ifdef PINTLE_UNDER_A_SANITIZER

PrivateMemory keep_memory_private() noexcept { return {}; }

#else

PrivateMemory keep_memory_private() noexcept { return {forbid_core_files(), lock_memory()}; }

#endif

}  // namespace pintle
