// SPDX-License-Identifier: Apache-2.0
//
// A scheme library that is open in this process: dlopen NOW and LOCAL, never closed again.
//
// Code of a library may be on any thread's stack and in any table, so there is no moment at which
// unloading it is known to be safe; a replaced file is picked up by the next process.

#pragma once

#include <filesystem>
#include <string>

#include <pintle/plugin.h>

namespace pintle::loading {

/// Opens `file` and gives its table, after these rules held, each refusal an Error(plugin) that
/// names the file and the rule: it can be opened with every symbol resolved; `pintle_plugin` stands
/// in this very file and not in one that it depends on; magic; ABI major; size of the table and
/// of each scheme's. Poco's SharedLibrary is no help: lazy always, global by default (poco-notes).
///
/// Runs the library's static constructors in this process: check an unknown file first
/// (load_check.h).
///
/// `copy`: a descriptor of what is opened in the place of `file`, which then only names it in
/// errors; negative: the file itself. It must stay open: the dynamic linker knows libraries by
/// their names, and the next descriptor of that number would have the same.
const pintle_plugin_table& open_library(const std::filesystem::path& file, int copy = -1);

/// Checks the head of a table, wherever it comes from; `where` begins the error's text.
void check_table(const pintle_plugin_table& table, const std::string& where);

}  // namespace pintle::loading
