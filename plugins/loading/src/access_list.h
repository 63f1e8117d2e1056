// SPDX-License-Identifier: Apache-2.0
//
// The access control list of a file: who may write to it besides what its mode says.
//
// A room of the system (docs/porting.md): elsewhere than on Linux no list is read, and the mode
// alone counts. Threads: any.

#pragma once

#include <filesystem>
#include <optional>

#include <pintle/core/base/error.h>

#include "acl.h"

namespace pintle::loading {

/// Returns the list of the open file `fd` at `path`, or of `path` itself if `fd` is negative;
/// nullopt if there is none. A folder's default list needs no check: the entries that a new file
/// inherits are in that file's own list. Throws Error(`layer`) if it cannot be read.
std::optional<AclWriters> access_list_of(const std::filesystem::path& path, int fd, Layer layer);

}  // namespace pintle::loading
