// SPDX-License-Identifier: Apache-2.0
#include "taken_signal.h"

namespace pintle::cli {

TakenSignal take_signal(const sigset_t& signals) noexcept {
  siginfo_t info{};
  const int number = ::sigwaitinfo(&signals, &info);
  if (number < 0) return {};
  return {number, info.si_code == SI_KERNEL};
}

}  // namespace pintle::cli
