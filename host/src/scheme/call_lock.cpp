// SPDX-License-Identifier: Apache-2.0
#include "scheme/call_lock.h"

#include <utility>

namespace pintle {

CallLock::Shared CallLock::take_shared() {
  MutexLock lock(mutex_);
  changed_.wait(mutex_, [&]() PINTLE_REQUIRES(mutex_) { return abandoned_ || !exclusive_; });
  throw_if_abandoned();
  ++shared_;
  return Shared(this);
}

CallLock::Exclusive CallLock::take_exclusive() {
  MutexLock lock(mutex_);
  changed_.wait(mutex_, [&]() PINTLE_REQUIRES(mutex_) {
    return abandoned_ || (!exclusive_ && shared_ == 0);
  });
  throw_if_abandoned();
  exclusive_ = true;
  return Exclusive(this);
}

void CallLock::abandon(Error why) {
  const MutexLock lock(mutex_);
  abandoned_ = std::move(why);
  changed_.notify_all();
}

void CallLock::end_shared() noexcept {
  const MutexLock lock(mutex_);
  if (--shared_ == 0) changed_.notify_all();
}

void CallLock::end_exclusive() noexcept {
  const MutexLock lock(mutex_);
  exclusive_ = false;
  abandoned_.reset();
  changed_.notify_all();
}

void CallLock::throw_if_abandoned() const {
  if (abandoned_) throw *abandoned_;
}

}  // namespace pintle
