// SPDX-License-Identifier: Apache-2.0
//
// Opens a scheme library in this process: dlopen with RTLD_NOW and RTLD_LOCAL, never closed.
//
// Code of a library may be on any thread's stack and in any table, so unloading it is never known
// to be safe; a replaced file is picked up by the next process.

#pragma once

#include <filesystem>
#include <string>

#include <pintle/plugin.h>

namespace pintle::loading {

/// Opens `file` and returns its table. Throws Error(plugin) that names the file and the violated
/// rule: every symbol resolves; `pintle_plugin` is defined in this file and not in a dependency;
/// magic; ABI major; size of the table (manifest_of checks those of its schemes). Poco's
/// SharedLibrary is unsuitable: always lazy, global by default (poco-notes).
///
/// Runs the library's static constructors in this process: check an unknown file first
/// (load_check.h).
///
/// `copy`: a descriptor to open instead of `file`, which then only names it in errors; negative:
/// the file itself. It must stay open: the dynamic linker identifies libraries by name, and a
/// reused descriptor number would have the same name.
const pintle_plugin_table& open_library(const std::filesystem::path& file, int copy = -1);

/// Checks the magic, the ABI major and the size of a table. Throws Error(plugin) whose message
/// begins with `where`.
void check_table(const pintle_plugin_table& table, const std::string& where);

}  // namespace pintle::loading
