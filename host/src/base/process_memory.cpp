// SPDX-License-Identifier: Apache-2.0
#include <sys/mman.h>
#include <sys/resource.h>

#include <pintle/process_memory.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

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

namespace {

bool forbid_core_files() noexcept {
#ifdef __linux__
  return ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
#else
  const rlimit none{0, 0};
  return ::setrlimit(RLIMIT_CORE, &none) == 0;
#endif
}

// With a limit, MCL_FUTURE would make allocations fail once it is reached.
bool lock_memory() noexcept {
#ifdef MCL_ONFAULT
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return false;
  if (limit.rlim_cur != RLIM_INFINITY) return false;
  return ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
#else
  return false;
#endif
}

}  // namespace

PrivateMemory keep_memory_private() noexcept { return {forbid_core_files(), lock_memory()}; }

#endif

}  // namespace pintle
