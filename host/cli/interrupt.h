// SPDX-License-Identifier: Apache-2.0
//
// Ctrl-C and termination as a stop token: what waits is ended in good order, and a second one ends
// the program at once.

#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <sys/types.h>

namespace pintle::cli {

/// To be called once, before any thread is started.
void watch_interrupts();

/// Stopped by SIGINT, SIGTERM or SIGHUP.
std::stop_token interrupted();

/// Blocks until then, or for `limit` at most.
void wait_until_interrupted(std::optional<std::chrono::seconds> limit = {});

/// Returns true unless whoever started the program ignores SIGPIPE: then, as with other programs, a
/// closed pipe is an error like any other.
bool ends_by_sigpipe() noexcept;

/// Ends the program as SIGPIPE does.
void end_by_sigpipe();

/// Keeps the signals that follow for the program that is about to be started.
void hold_signals();

/// Passes the signals that follow on to `child`, in place of stopping: SIGINT, SIGTERM, SIGHUP,
/// SIGQUIT, SIGUSR1 and SIGUSR2. What the terminal sends, it sends the child too. 0: no longer.
void pass_signals_to(pid_t child);

/// Becomes readable when that happens, and stays so: for who waits in poll.
int interrupt_fd();

}  // namespace pintle::cli
