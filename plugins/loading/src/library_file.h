// SPDX-License-Identifier: Apache-2.0
//
// What an open library's file tells.
//
// A room of the system (docs/porting.md). Threads: any.

#pragma once

#include <string>

namespace pintle::loading {

/// What the files of this system's shared libraries begin with, for an error.
extern const char* const kLibraryFormat;
/// Returns whether `head`, its first four bytes, are those of a shared library.
bool is_library(const char (&head)[4]) noexcept;

/// Returns whether `symbol` is of the library `handle` itself, and not of one that it is linked
/// with. `file` is what the dynamic linker has opened; `found_in` gets the file with the symbol.
bool is_of_library(void* handle, const std::string& file, const void* symbol,
                   std::string& found_in);

}  // namespace pintle::loading
