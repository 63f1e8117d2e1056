// SPDX-License-Identifier: Apache-2.0
//
// Who may call into one connection's state in a scheme: many at once, or one alone (plugin.h, [any]
// and [one]).
//
// Not a shared_mutex: whoever waits for a call that does not return must be able to leave.
//
// Threads: any. A turn may end on another thread than the one that took it.

#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include <pintle/core/base/error.h>

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
  /// Each ends when it dies; the lock must outlive it.
  using Shared = std::unique_ptr<CallLock, EndShared>;
  using Exclusive = std::unique_ptr<CallLock, EndExclusive>;

  /// Both wait for their turn. They throw what `abandon` was given until the exclusive turn of that
  /// time ends.
  Shared take_shared();
  Exclusive take_exclusive();

  /// To be called while an exclusive turn is taken: nobody is to wait for its end any longer.
  void abandon(Error why);

 private:
  void end_shared() noexcept;
  void end_exclusive() noexcept;
  void throw_if_abandoned() const;

  std::mutex mutex_;
  std::condition_variable changed_;
  int shared_ = 0;
  bool exclusive_ = false;
  std::optional<Error> abandoned_;
};

}  // namespace pintle
