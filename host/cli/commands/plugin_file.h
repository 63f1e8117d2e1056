// SPDX-License-Identifier: Apache-2.0
//
// The file that a `pintle plugins` command is about: a scheme library, or a scheme program.
//
// Threads: any.

#pragma once

#include <filesystem>
#include <string>

namespace pintle::cli {

/// Anything that is not named as a library is a program (docs/scheme-protocol.md).
bool is_library(const std::filesystem::path& file);

/// Returns the path of an existing library or program. Throws Error(plugin) if there is no such
/// file, or if it is a manifest.
std::filesystem::path plugin_file(const std::string& name);

}  // namespace pintle::cli
