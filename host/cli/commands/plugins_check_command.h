// SPDX-License-Identifier: Apache-2.0
//
// `pintle plugins check FILE`: every check of the loader against one library, program or gateway
// profile; `pintle plugins manifest FILE`: what a library or program says of itself.
//
// Threads: the main thread alone.

#pragma once

#include <string>

#include "command_line.h"

namespace pintle::cli {

/// Throws the Error with which a host would refuse the file.
int check_plugin(const Invocation& invocation, const std::string& name);

/// Prints the manifest, or writes it to the file of --output. Throws Error(plugin) if the library
/// or program cannot be loaded, Error(store) if the file cannot be written.
int print_manifest(const Invocation& invocation, const std::string& name);

}  // namespace pintle::cli
