// SPDX-License-Identifier: Apache-2.0
//
// Who could have written a file: the check that stands before any library is opened, and before a
// settings file that names commands and rules is read.
//
// Threads: functions without state.

#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include <pintle/core/base/layer.h>

namespace pintle::loading {

/// Throws Error(layer) that names the path and the rule if someone other than root and this user
/// could put files into `folder` or swap it: it and every folder above must belong to root or to
/// this user and be writable by nobody else, by its mode or by its access control list. A folder
/// above with the sticky bit (/tmp) may be writable by all; a group whose only member is this user
/// (Debian's user private groups) counts as the user. `folder` must be absolute and free of
/// symbolic links.
void check_trusted_folder(const std::filesystem::path& folder, Layer layer = Layer::plugin);

/// The same for the open file `fd` alone, which `file` names: its owner, mode and list, and that it
/// is a regular file.
void check_trusted_file(int fd, const std::filesystem::path& file, Layer layer = Layer::plugin);

/// The same for the file that lies at `file` now, which is no symbolic link.
void check_trusted_file(const std::filesystem::path& file, Layer layer = Layer::plugin);

/// The whole file, or nothing if there is none. Its folder and the very file that is read are
/// checked; it may be a symbolic link if the link's own folder holds, too. At most `most` bytes
/// (Error(store)).
std::optional<std::string> read_trusted_file(const std::filesystem::path& file, std::size_t most,
                                             Layer layer = Layer::plugin);

}  // namespace pintle::loading
