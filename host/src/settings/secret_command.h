// SPDX-License-Identifier: Apache-2.0
//
// Runs a command line and takes what it prints.
//
// The command has a process group of its own, which ends with it where it must be ended: at a time
// limit, at a cancel, where it prints too much. No process and no zombie is left then. (For the
// same reason it cannot read from the terminal: only the foreground group may.)
//
// Threads: any.

#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>

namespace pintle {

/// What `line`, given to /bin/sh, prints to its standard output until it exits; a secret. Its
/// standard input is empty and its standard error is the user's. A child that it leaves running
/// goes on, and is waited for only if nothing was printed yet.
/// Throws Error(config) that says what "it" did wrong, and never what was read.
std::string output_of_command(const std::string& line, std::size_t max_bytes,
                              std::int64_t timeout_ms, const std::stop_token& cancel);

}  // namespace pintle
