// SPDX-License-Identifier: Apache-2.0
//
// `pintle plugins test FILE`: whether a scheme follows the rules (docs/plugin-rules.md).
//
// Threads: the main thread alone.

#pragma once

#include <string>
#include <vector>

#include "command_line.h"

namespace pintle::cli {

/// The options that only `plugins test` has.
std::vector<Option> plugins_test_options();

/// Throws Error(plugin) if the scheme cannot be tested, Error(config) if the script is
/// invalid.
int test_plugin(const Invocation& invocation, const std::string& name);

}  // namespace pintle::cli
