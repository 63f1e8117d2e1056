// SPDX-License-Identifier: Apache-2.0
//
// Parses POSIX access control lists from the extended attribute in which Linux stores them.

#pragma once

#include <optional>
#include <string_view>
#include <sys/types.h>

namespace pintle::loading {

/// Who besides the owner has write access.
struct AclWriters {
  bool owning_group = false;
  bool others = false;  ///< A named user or group, other than root and `user`.
};

/// Parses the bytes of "system.posix_acl_access" (linux/posix_acl_xattr.h). Returns nullopt if they
/// are not a supported list.
std::optional<AclWriters> read_acl(std::string_view bytes, uid_t user);

}  // namespace pintle::loading
