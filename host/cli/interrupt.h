// SPDX-License-Identifier: Apache-2.0
//
// Ctrl-C and termination as a stop token: what waits is ended in good order, and a second one ends
// the program at once.

#pragma once

#include <stop_token>

namespace pintle::cli {

/// To be called once, before any thread is started.
void watch_interrupts();

/// Stopped by SIGINT, SIGTERM or SIGHUP.
std::stop_token interrupted();

/// Becomes readable when that happens, and stays so: for who waits in poll.
int interrupt_fd();

}  // namespace pintle::cli
