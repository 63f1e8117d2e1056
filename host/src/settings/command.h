// SPDX-License-Identifier: Apache-2.0
//
// Runs a program and returns its output.
//
// The program runs in its own process group, which is killed and reaped at the time limit, on a
// cancel, or if it prints too much.
//
// Threads: any.

#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace pintle {

struct Command {
  std::string program;             ///< The path of an executable file.
  std::vector<std::string> words;  ///< What it sees as its arguments, its own name first.
  std::string_view input{};        ///< Its standard input.
  /// True: a session of its own, without a terminal, with no descriptor of ours but 0 to 2, and
  /// with its standard error at /dev/null. False: standard error is inherited, and the program
  /// cannot read from the terminal, which only the foreground group may.
  bool is_detached = true;
  /// True: if it printed nothing, waits on after its end for a child that it left running.
  bool awaits_children = false;
  std::size_t max_bytes = std::size_t{64} << 10;  ///< Of its standard output.
  std::int64_t timeout_ms = 30'000;
};

struct CommandOutput {
  int exit_code = 0;
  std::string text;  ///< Treat it as a secret.
};

/// Runs `command` and returns its standard output until it exits. A child that it leaves running is
/// not killed. Throws Error(config) if it cannot be started, is killed by a signal, takes too long,
/// prints too much, or is cancelled; the message begins with "it" or names the system's error, and
/// never contains the output.
CommandOutput run_command(const Command& command, const std::stop_token& cancel);

}  // namespace pintle
