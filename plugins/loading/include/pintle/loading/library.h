// SPDX-License-Identifier: Apache-2.0
//
// Opens a scheme library in this process: dlopen with RTLD_NOW and RTLD_LOCAL, never closed.
//
// Unloading is never known to be safe: the library's code may be on any thread's stack and in any
// table. A replaced file is loaded by the next process.

/// @file
/// @snippet reference/loading.cpp library

#pragma once

#include <filesystem>
#include <string>

#include <pintle/plugin.h>

namespace pintle::loading {

/// Opens `file` and returns its table. Checks that it is an ELF file, that every symbol resolves,
/// that `pintle_plugin` is defined in this file and not in a dependency, the magic, the ABI major,
/// and the size of the table; manifest_of checks its schemes. Throws Error(plugin) with the file
/// and the violated rule. Poco's SharedLibrary is not usable: always lazy, global by default.
///
/// Runs the library's static constructors in this process: check an unknown file first
/// (load_check.h).
///
/// `copy`: a descriptor to open instead of `file`, which is then only used in errors; negative:
/// opens `file`. It must stay open: the dynamic linker identifies libraries by name, and a reused
/// descriptor number would have the same name.
const pintle_plugin_table& open_library(const std::filesystem::path& file, int copy = -1);

/// Checks the magic, ABI major and size of a table. Throws Error(plugin) with a message that starts
/// with `where`.
void check_table(const pintle_plugin_table& table, const std::string& where);

}  // namespace pintle::loading
