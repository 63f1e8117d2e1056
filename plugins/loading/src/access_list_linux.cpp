// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cerrno>
#include <cstddef>
#include <sys/xattr.h>
#include <unistd.h>

#include "access_list.h"

namespace pintle::loading {

std::optional<AclWriters> access_list_of(const std::filesystem::path& path, int fd, Layer layer) {
  constexpr const char* kName = "system.posix_acl_access";
  std::array<char, 8192> bytes{};
  const auto size = fd >= 0 ? ::fgetxattr(fd, kName, bytes.data(), bytes.size())
                            : ::lgetxattr(path.c_str(), kName, bytes.data(), bytes.size());
  if (size < 0 && (errno == ENODATA || errno == ENOTSUP)) return std::nullopt;
  const auto read = size < 0
                        ? std::nullopt
                        : read_acl({bytes.data(), static_cast<std::size_t>(size)}, ::geteuid());
  if (read) return read;
  throw Error(layer, path.string() + ": its access control list cannot be read")
      .with_hint("Remove it: setfacl -b " + path.string())
      .with_user_action();
}

}  // namespace pintle::loading
