// SPDX-License-Identifier: Apache-2.0
#include "landlock_linux.h"

#include <cstddef>
#include <cstdint>
#include <sys/syscall.h>
#include <unistd.h>

namespace pintle::cage {
namespace {

// linux/landlock.h as of version 6: an older header lacks the newer members.
struct Ruleset {
  std::uint64_t files = 0;
  std::uint64_t ports = 0;   // since version 4
  std::uint64_t scopes = 0;  // since version 6
};

constexpr unsigned kVersionOnly = 1;

// All that each version can forbid: each has more bits.
std::uint64_t file_bits(long version) {
  if (version >= 5) return (1U << 16) - 1;
  if (version >= 3) return (1U << 15) - 1;
  if (version == 2) return (1U << 14) - 1;
  return (1U << 13) - 1;
}

}  // namespace

void forbid_by_landlock() noexcept {
#if defined(SYS_landlock_create_ruleset)
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kVersionOnly);
  if (version < 1) return;
  const Ruleset rules{file_bits(version), version >= 4 ? 3U : 0U, version >= 6 ? 3U : 0U};
  const std::size_t size = version >= 6   ? sizeof(Ruleset)
                           : version >= 4 ? offsetof(Ruleset, scopes)
                                          : offsetof(Ruleset, ports);
  const auto set = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, size, 0));
  if (set < 0) return;
  ::syscall(SYS_landlock_restrict_self, set, 0);
  ::close(set);
#endif
}

}  // namespace pintle::cage
