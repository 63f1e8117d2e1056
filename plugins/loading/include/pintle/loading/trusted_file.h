// SPDX-License-Identifier: Apache-2.0
//
// Checks who can write to a file, before any library is opened and before a settings file with
// commands and rules is read.
//
// Threads: stateless functions.

#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include <pintle/core/base/layer.h>

namespace pintle::loading {

/// Throws Error(layer) that names the path and the rule if anyone but root and this user could
/// create files in `folder` or replace it. It and every parent must belong to root or to this user
/// and be writable by nobody else, by mode or access control list. A parent with the sticky bit
/// (/tmp) may be writable by all; a group whose only member is this user (Debian's user private
/// groups) counts as the user. `folder` must be absolute and free of symbolic links.
void check_trusted_folder(const std::filesystem::path& folder, Layer layer = Layer::plugin);

/// Checks only the open file `fd` in the same way: its owner, mode and access control list, and
/// that it is a regular file. `file` names it in errors.
void check_trusted_file(int fd, const std::filesystem::path& file, Layer layer = Layer::plugin);

/// Checks the current file at `file` in the same way; it must not be a symbolic link.
void check_trusted_file(const std::filesystem::path& file, Layer layer = Layer::plugin);

/// Returns the whole file, or nullopt if it does not exist. Checks its folder and the file that is
/// read; it may be a symbolic link if the link's own folder passes the check too. Throws
/// Error(store) if it is larger than `most` bytes.
std::optional<std::string> read_trusted_file(const std::filesystem::path& file, std::size_t most,
                                             Layer layer = Layer::plugin);

}  // namespace pintle::loading
