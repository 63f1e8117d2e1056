// SPDX-License-Identifier: Apache-2.0
#include "base/cancellable_mutex.h"

#include <algorithm>
#include <chrono>

#include <pintle/core/base/error.h>

namespace pintle {

CancellableMutex::Guard CancellableMutex::take(const std::stop_token& cancel,
                                               std::int64_t timeout_ms) {
  constexpr std::int64_t kMaxMs = 24LL * 3600 * 1000;  // more would overflow the clock's unit
  MutexLock lock(mutex_);
  const auto limit = std::chrono::milliseconds(std::clamp<std::int64_t>(timeout_ms, 0, kMaxMs));
  if (!ended_.wait_for(mutex_, cancel, limit, [&]() PINTLE_REQUIRES(mutex_) { return !taken_; })) {
    if (cancel.stop_requested()) throw Error(Layer::tcp, "the operation was cancelled");
    throw Error(Layer::session, what_ +
                                    " is in progress on this connection and did not end within " +
                                    std::to_string(timeout_ms) + " ms")
        .with_retry()
        .with_hint("Try again when it has ended.");
  }
  taken_ = true;
  return Guard(this);
}

void CancellableMutex::end() noexcept {
  const MutexLock lock(mutex_);
  taken_ = false;
  ended_.notify_one();
}

}  // namespace pintle
