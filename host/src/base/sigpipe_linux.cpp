// SPDX-License-Identifier: Apache-2.0
#include <ctime>

#include "base/sigpipe.h"

namespace pintle::net {

void SigpipeBlock::take_pending(const sigset_t& signals) noexcept {
  const timespec at_once{};
  ::sigtimedwait(&signals, nullptr, &at_once);
}

}  // namespace pintle::net
