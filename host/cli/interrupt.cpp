// SPDX-License-Identifier: Apache-2.0
#include "interrupt.h"

#include <chrono>
#include <optional>
#include <signal.h>
#include <stop_token>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/wakeup.h"
#include "taken_signal.h"
#include "terminal_ui.h"

namespace pintle::cli {
namespace {

constexpr std::chrono::milliseconds kSameSignal{300};

bool sigpipe_was_ignored = false;  // set before there are threads

std::stop_source& source() {
  // Never destroyed: the watching thread outlives main.
  static auto* made = new std::stop_source;
  return *made;
}

std::optional<Wakeup>& event() {
  static auto* made = new std::optional<Wakeup>;  // as for the source
  return *made;
}

// The program that signals are passed on to.
struct Receiver {
  Mutex mutex;
  pid_t pid PINTLE_GUARDED_BY(mutex) = 0;
  bool is_expected PINTLE_GUARDED_BY(mutex) = false;
  std::vector<int> waiting PINTLE_GUARDED_BY(mutex);  // until it is there
};

Receiver& receiver() {
  static auto* made = new Receiver;  // as for the source
  return *made;
}

// Returns false if the signal is for this program.
bool pass_on(const TakenSignal& signal) {
  auto& to = receiver();
  const MutexLock lock(to.mutex);
  if (to.pid != 0) {
    // The terminal's go to all of its foreground processes.
    if (!signal.is_of_terminal) ::kill(to.pid, signal.number);
  } else if (to.is_expected) {
    to.waiting.push_back(signal.number);
  } else {
    return false;
  }
  return true;
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
  // A write to the gateway must not end the program.
  sigpipe_was_ignored = ::signal(SIGPIPE, SIG_IGN) == SIG_IGN;
  ::signal(SIGCHLD, SIG_DFL);  // else the exit codes of its helpers would be lost
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error like a full disk
  static sigset_t signals;
  sigemptyset(&signals);
  for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2}) {
    // What is ignored from the start stays so: nohup, and a shell's job in the background.
    struct sigaction given {};
    if (::sigaction(one, nullptr, &given) == 0 && given.sa_handler == SIG_IGN) continue;
    sigaddset(&signals, one);
  }
  // Blocked here and so in every thread to come; the one below waits for them.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  source();
  event().emplace();
  std::thread([] {
    std::chrono::steady_clock::time_point first;
    for (;;) {
      const auto taken = take_signal(signals);
      const int signal = taken.number;
      if (signal <= 0 || pass_on(taken)) continue;
      if (!is_interrupt(signal)) {
        restore_terminal();
        end_by(signal);
      }
      if (source().stop_requested()) {
        // `timeout` sends its signal to the child and to its group: that is one.
        if (std::chrono::steady_clock::now() - first < kSameSignal) continue;
        restore_terminal();  // a prompt may have turned its echo off
        ::_exit(130);
      }
      first = std::chrono::steady_clock::now();
      source().request_stop();
      event()->ring();
    }
  }).detach();
}

bool ends_by_sigpipe() noexcept { return !sigpipe_was_ignored; }

void end_by_sigpipe() { end_by(SIGPIPE); }

void wait_until_interrupted(std::optional<std::chrono::seconds> limit) {
  Mutex mutex;
  Condition never;
  MutexLock lock(mutex);
  const auto nothing_else = [] { return false; };
  if (limit) {
    never.wait_for(mutex, interrupted(), *limit, nothing_else);
  } else {
    never.wait(mutex, interrupted(), nothing_else);
  }
}

void hold_signals() {
  auto& to = receiver();
  const MutexLock lock(to.mutex);
  to.is_expected = true;
}

void pass_signals_to(pid_t child) {
  auto& to = receiver();
  const MutexLock lock(to.mutex);
  to.is_expected = false;
  to.pid = child;
  for (const int signal : std::exchange(to.waiting, {})) {
    if (child != 0) ::kill(child, signal);
  }
}

std::stop_token interrupted() { return source().get_token(); }

int interrupt_fd() { return event() ? event()->fd() : -1; }

}  // namespace pintle::cli
