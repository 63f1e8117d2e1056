// SPDX-License-Identifier: Apache-2.0
//
// Opens what a library is linked with, before the cage closes: afterwards nothing can be opened.
//
// Threads: one.

#pragma once

#include <string>
#include <vector>

namespace pintle::cage {

/// Returns the names of the libraries that the ELF file `fd` is linked with (DT_NEEDED). Empty if
/// it is no ELF file of this machine, or broken: opening it then says why.
std::vector<std::string> needed_libraries(int fd);

/// Opens the libraries that `fd` is linked with, from the system's folders alone: a library that
/// the plugin brings along would run its constructors outside of the cage. Throws Error(plugin) if
/// there is none with that name.
void open_needed_libraries(int fd);

}  // namespace pintle::cage
