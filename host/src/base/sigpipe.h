// SPDX-License-Identifier: Apache-2.0
//
// Blocks SIGPIPE for one thread during a scope.
//
// OpenSSL writes with write(2), so a TLS write to a connection that the peer has reset raises
// SIGPIPE, whose default ends the process. A library must not change the process's disposition.
// Taking the signal is a room of the system (docs/porting.md).
// Threads: blocks and consumes the signal only for the calling thread. Scopes nest, and only the
// outermost costs system calls: open one around many reads and writes.

#pragma once

#include <csignal>

namespace pintle::net {

class SigpipeBlock {
 public:
  SigpipeBlock() noexcept {
    if (depth_++ > 0) return;
    const sigset_t pipe = pipe_only();
    pthread_sigmask(SIG_BLOCK, &pipe, &before_);
  }
  ~SigpipeBlock() {
    if (--depth_ > 0) return;
    const bool broke = broke_;
    broke_ = false;
    if (sigismember(&before_, SIGPIPE) == 1) return;
    if (broke) {
      // A write's SIGPIPE goes to the thread that wrote: consume it before unblocking.
      take_pending(pipe_only());
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeBlock(const SigpipeBlock&) = delete;
  SigpipeBlock& operator=(const SigpipeBlock&) = delete;

  /// Reports a failed operation that may have written: a signal may be pending.
  void broke() noexcept { broke_ = true; }

 private:
  // Takes a pending one of the blocked `signals`, and does not wait if there is none.
  static void take_pending(const sigset_t& signals) noexcept;
  static sigset_t pipe_only() noexcept {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return set;
  }

  static inline thread_local int depth_ = 0;
  static inline thread_local bool broke_ = false;
  sigset_t before_{};
};

}  // namespace pintle::net
