// SPDX-License-Identifier: Apache-2.0
//
// Takes a blocked signal, and tells whether the terminal has sent it.
//
// A room of the system (docs/porting.md): Linux tells who has sent a signal. Threads: any.

#pragma once

#include <signal.h>

namespace pintle::cli {

struct TakenSignal {
  int number = 0;               ///< 0 if there was none after all.
  bool is_of_terminal = false;  ///< All of its foreground processes have got it.
};

/// Waits for one of the signals, which must be blocked in every thread.
TakenSignal take_signal(const sigset_t& signals) noexcept;

}  // namespace pintle::cli
