// SPDX-License-Identifier: Apache-2.0
#include "base/sigpipe.h"

namespace pintle::net {

// It is of this thread alone, so that nobody else takes it in between.
void SigpipeBlock::take_pending(const sigset_t& signals) noexcept {
  sigset_t pending;
  sigemptyset(&pending);
  int taken = 0;
  if (::sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1) {
    ::sigwait(&signals, &taken);
  }
}

}  // namespace pintle::net
