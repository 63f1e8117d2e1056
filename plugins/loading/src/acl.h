// SPDX-License-Identifier: Apache-2.0
//
// POSIX access control lists, as Linux keeps them in an extended attribute.

#pragma once

#include <optional>
#include <string_view>
#include <sys/types.h>

namespace pintle::loading {

/// Who else than the owner may write, by the bytes of "system.posix_acl_access"
/// (linux/posix_acl_xattr.h).
struct AclWriters {
  bool owning_group = false;
  bool others = false;  ///< A named user or group, other than root and `user`.
};

/// Nothing if the bytes are no list that this program knows.
std::optional<AclWriters> read_acl(std::string_view bytes, uid_t user);

}  // namespace pintle::loading
