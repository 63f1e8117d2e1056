// SPDX-License-Identifier: Apache-2.0
//
// The lock for calls into one connection's state in a scheme: shared for [any], exclusive for [one]
// (plugin.h).
//
// Not a shared_mutex: a thread that waits for a call that does not return must be able to leave.
//
// Threads: any. Another thread than the one that took a lock may release it.

#pragma once

#include <memory>
#include <optional>

#include <pintle/core/base/error.h>

#include "base/mutex.h"

namespace pintle {

class CallLock {
 public:
  CallLock() = default;
  CallLock(const CallLock&) = delete;
  CallLock& operator=(const CallLock&) = delete;

  struct EndShared {
    void operator()(CallLock* of) const noexcept { of->end_shared(); }
  };
  struct EndExclusive {
    void operator()(CallLock* of) const noexcept { of->end_exclusive(); }
  };
  /// Released on destruction; the CallLock must outlive it.
  using Shared = std::unique_ptr<CallLock, EndShared>;
  using Exclusive = std::unique_ptr<CallLock, EndExclusive>;

  /// Both block until the lock is free. After `abandon` they throw its error until the exclusive
  /// lock is released.
  Shared take_shared();
  Exclusive take_exclusive();

  /// Makes all waiting and later calls throw `why`. Call it while an exclusive lock is taken.
  void abandon(Error why);

 private:
  void end_shared() noexcept;
  void end_exclusive() noexcept;
  void throw_if_abandoned() const PINTLE_REQUIRES(mutex_);

  Mutex mutex_;
  Condition changed_;
  int shared_ PINTLE_GUARDED_BY(mutex_) = 0;
  bool exclusive_ PINTLE_GUARDED_BY(mutex_) = false;
  std::optional<Error> abandoned_ PINTLE_GUARDED_BY(mutex_);
};

}  // namespace pintle
