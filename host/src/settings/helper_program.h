// SPDX-License-Identifier: Apache-2.0
//
// The helper programs of a connection: a scheme asks for one by name, and the settings say which
// command that is.
//
// A helper runs without a shell, so that nothing a scheme or a gateway says can become a command.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/settings.h>

#include "settings/command.h"

namespace pintle {

/// Runs the helper `name` of `settings` with `arguments` after its own, and `input` as its standard
/// input. Its standard error is not shown. At most 64 KiB of output. Throws Error(config) if the
/// settings do not name it, and as run_command does.
CommandOutput run_helper(const ConnectionSettings& settings, const std::string& name,
                         std::vector<std::string> arguments, std::string_view input,
                         std::int64_t timeout_ms, const std::stop_token& cancel);

}  // namespace pintle
