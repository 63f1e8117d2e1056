// SPDX-License-Identifier: Apache-2.0
//
// Checks who can write to a file, before a library is opened or a settings file that names commands
// and rules is read.
//
// Threads: stateless functions.

/// @file
/// @snippet reference/files.cpp trusted_file

#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include <pintle/core/base/layer.h>

namespace pintle::loading {

/// Throws Error(layer) with the path and the rule if anyone except root and this user can create
/// files in `folder` or replace it: it and every parent must be owned by root or this user and not
/// be writable by others, by mode or access control list. A parent with the sticky bit (/tmp) may
/// be writable by all. A group whose only member is this user (Debian's user private groups) counts
/// as the user. `folder` must be absolute and contain no symbolic links.
void check_trusted_folder(const std::filesystem::path& folder, Layer layer = Layer::plugin);

/// Checks only the open file `fd`: its owner, mode and access control list, and that it is a
/// regular file. `file` is its path for errors.
void check_trusted_file(int fd, const std::filesystem::path& file, Layer layer = Layer::plugin);

/// Checks the file at `file`, which must not be a symbolic link.
void check_trusted_file(const std::filesystem::path& file, Layer layer = Layer::plugin);

/// Returns the file of a program that is about to be run, without symbolic links, if it and its
/// folder pass the checks; `program` itself if there is no such file, for whoever runs it to say.
std::filesystem::path trusted_program(const std::filesystem::path& program,
                                      Layer layer = Layer::plugin);

/// Returns the whole file, or nullopt if it does not exist. Checks its folder and the opened file.
/// It may be a symbolic link if the link's folder passes the check, too. Throws Error(store) if it
/// is larger than `max_bytes` bytes.
std::optional<std::string> read_trusted_file(const std::filesystem::path& file,
                                             std::size_t max_bytes, Layer layer = Layer::plugin);

}  // namespace pintle::loading
