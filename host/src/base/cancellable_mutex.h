// SPDX-License-Identifier: Apache-2.0
//
// A mutex whose wait can be cancelled and has a time limit.
//
// Threads: any. Another thread than the one that took a Guard may release it.

#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "base/mutex.h"

namespace pintle {

class CancellableMutex {
 public:
  /// `what` names what the lock is held for, in errors: "a sign-in".
  explicit CancellableMutex(std::string what) : what_(std::move(what)) {}
  CancellableMutex(const CancellableMutex&) = delete;
  CancellableMutex& operator=(const CancellableMutex&) = delete;

  struct End {
    void operator()(CancellableMutex* of) const noexcept { of->end(); }
  };
  /// Releases the lock on destruction.
  using Guard = std::unique_ptr<CancellableMutex, End>;

  /// Blocks until the lock is free. Throws Error(tcp) if `cancel` is stopped first, and a retryable
  /// Error(session) after `timeout_ms`.
  Guard take(const std::stop_token& cancel, std::int64_t timeout_ms);

 private:
  void end() noexcept;

  const std::string what_;
  Mutex mutex_;
  // Not a timed mutex: that cannot be cancelled, and g++ 12's thread sanitizer does not know the
  // call that it waits with.
  Condition ended_;
  bool taken_ PINTLE_GUARDED_BY(mutex_) = false;
};

}  // namespace pintle
