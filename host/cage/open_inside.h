// SPDX-License-Identifier: Apache-2.0
//
// Opens a library inside the closed cage.
//
// A room of the system (docs/porting.md): only Linux has the cage. Threads: one.

#pragma once

#include <pintle/plugin.h>

namespace pintle::cage {

/// Closes the cage and opens the library that is open as `library`. `file` is its name, for errors;
/// it must stay where it is. Throws Error(plugin).
const pintle_plugin_table& open_inside(char* file, int library);

}  // namespace pintle::cage
