// SPDX-License-Identifier: Apache-2.0
#include "interrupt.h"

#include <atomic>
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

std::atomic<pid_t>& child() {
  static std::atomic<pid_t> pid{0};
  return pid;
}

// Those that end a program, as they would without being waited for.
void end_by(int signal) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  ::signal(signal, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  ::raise(signal);
}

bool is_interrupt(int signal) { return signal == SIGINT || signal == SIGTERM || signal == SIGHUP; }

}  // namespace

void watch_interrupts() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error like a full disk
  static sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  sigaddset(&signals, SIGQUIT);
  sigaddset(&signals, SIGUSR1);
  sigaddset(&signals, SIGUSR2);
  // Blocked here and so in every thread to come; the one below waits for them.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  source();
  event() = ::eventfd(0, EFD_CLOEXEC);
  std::thread([] {
    for (;;) {
      siginfo_t info{};
      const int signal = ::sigwaitinfo(&signals, &info);
      if (signal < 0) continue;
      if (const pid_t to = child().load(); to != 0) {
        // The terminal's go to all of its foreground processes.
        if (info.si_code != SI_KERNEL) ::kill(to, signal);
        continue;
      }
      if (!is_interrupt(signal)) {
        restore_terminal();
        end_by(signal);
      }
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

void pass_signals_to(pid_t to) { child().store(to); }

std::stop_token interrupted() { return source().get_token(); }

int interrupt_fd() { return event(); }

}  // namespace pintle::cli
