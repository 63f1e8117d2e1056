// SPDX-License-Identifier: Apache-2.0
//
// `pintle plugins new NAME`: begins a scheme in a new folder.
//
// Threads: the main thread alone.

#pragma once

#include <string>
#include <vector>

#include "command_line.h"

namespace pintle::cli {

/// The options that only `plugins new` has.
std::vector<Option> plugins_new_options();

/// Throws Error(config) if the folder exists, or if its name cannot be a scheme's id; Error(store)
/// if it cannot be written.
int make_scheme(const Invocation& invocation, const std::string& name);

}  // namespace pintle::cli
