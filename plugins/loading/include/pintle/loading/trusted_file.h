// Who could have written a file: the check that stands before any library is opened.
//
// Threads: a function without state.

#pragma once

#include <filesystem>

namespace pintle::loading {

/// Throws Error(plugin) that names the path and the rule where someone other than root and this
/// user could put files into `folder` or swap it: it and every folder above must belong to root or
/// to this user and be writable by nobody else. A folder above with the sticky bit (/tmp) may be
/// writable by all; a group whose only member is this user (Debian's user private groups) counts
/// as the user. `folder` must be absolute and free of symbolic links.
void check_trusted_folder(const std::filesystem::path& folder);

/// The same for the file alone: its owner and mode, and that it is a regular file.
void check_trusted_file(const std::filesystem::path& file);

}  // namespace pintle::loading
