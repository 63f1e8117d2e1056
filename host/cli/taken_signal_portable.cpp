// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <pintle/files/unique_fd.h>

#include "taken_signal.h"

namespace pintle::cli {
namespace {

bool is_in_foreground() noexcept {
  const UniqueFd terminal(::open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY));
  return terminal && ::tcgetpgrp(terminal.get()) == ::getpgrp();
}

}  // namespace

// A guess: in the foreground of a terminal, its keys are what sends these.
TakenSignal take_signal(const sigset_t& signals) noexcept {
  int number = 0;
  if (::sigwait(&signals, &number) != 0) return {};
  return {number, (number == SIGINT || number == SIGQUIT) && is_in_foreground()};
}

}  // namespace pintle::cli
