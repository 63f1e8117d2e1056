// SPDX-License-Identifier: Apache-2.0
//
// Runs a command line and returns its output.
//
// The command runs in its own process group, which is killed and reaped at the time limit, on a
// cancel, or if the command prints too much. (Hence it cannot read from the terminal: only the
// foreground group may.)
//
// Threads: any.

#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>

namespace pintle {

/// Runs `line` with /bin/sh and returns its standard output until it exits; treat it as a secret.
/// Its standard input is empty; its standard error is inherited. A child that it leaves running is
/// not killed, and is waited for only if nothing was printed yet.
/// Throws Error(config) on a failure; the message begins with "it" and never contains the output.
std::string output_of_command(const std::string& line, std::size_t max_bytes,
                              std::int64_t timeout_ms, const std::stop_token& cancel);

}  // namespace pintle
