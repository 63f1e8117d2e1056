// SPDX-License-Identifier: Apache-2.0
#include "interrupt.h"

#include <cstdint>
#include <signal.h>
#include <stop_token>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

#include "terminal_ui.h"

namespace pintle::cli {
namespace {

std::stop_source& source() {
  // Never destroyed: the watching thread outlives main.
  static auto* made = new std::stop_source;
  return *made;
}

int& event() {
  static int fd = -1;
  return fd;
}

}  // namespace

void watch_interrupts() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error like a full disk
  static sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  // Blocked here and so in every thread to come; the one below waits for them.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  source();
  event() = ::eventfd(0, EFD_CLOEXEC);
  std::thread([] {
    int signal = 0;
    while (sigwait(&signals, &signal) == 0) {
      if (source().stop_requested()) {
        restore_terminal();  // a prompt may have turned its echo off
        ::_exit(130);
      }
      source().request_stop();
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto put = ::write(event(), &one, sizeof(one));
    }
  }).detach();
}

std::stop_token interrupted() { return source().get_token(); }

int interrupt_fd() { return event(); }

}  // namespace pintle::cli
