#include "interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <thread>
#include <unistd.h>

namespace pintle::program {
namespace {

std::stop_source& source() {
  // Never destroyed: the watching thread outlives main.
  static auto* made = new std::stop_source;
  return *made;
}

}  // namespace

void watch_interrupts() {
  ::signal(SIGPIPE, SIG_IGN);
  static sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  // Blocked here and so in every thread to come; the one below waits for them.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  source();
  std::thread([] {
    int signal = 0;
    while (sigwait(&signals, &signal) == 0) {
      if (source().stop_requested()) ::_exit(130);
      source().request_stop();
    }
  }).detach();
}

std::stop_token interrupted() { return source().get_token(); }

}  // namespace pintle::program
