// SPDX-License-Identifier: Apache-2.0
#include "net/watchdog.h"

#include <sys/socket.h>
#include <utility>

namespace pintle::net {

struct Watchdog::Guarded {
  int fd = -1;
  Watch::Cause cause = Watch::Cause::none;
  TimePoint deadline = kNever;
  // When the earliest entry of this watch in the heap is due. A later deadline does not move the
  // entry: when it is due, the thread checks `deadline` and enqueues it again.
  TimePoint queued = kNever;

  void fire(Watch::Cause why) noexcept {
    if (cause != Watch::Cause::none) return;
    cause = why;
    // Wakes a thread that is blocked in read, write, or poll. The owner still closes the
    // descriptor.
    if (fd >= 0) ::shutdown(fd, SHUT_RDWR);
  }
};

std::shared_ptr<Watchdog> Watchdog::shared() {
  // Never destroyed: an abandoned dial may use it while the process exits.
  static auto& mutex = *new Mutex;
  static auto& current = *new std::weak_ptr<Watchdog>;
  const MutexLock lock(mutex);
  auto watchdog = current.lock();
  if (!watchdog) current = watchdog = std::make_shared<Watchdog>();
  return watchdog;
}

Watchdog::~Watchdog() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::enqueue(const std::shared_ptr<Guarded>& guarded) {
  if (guarded->deadline >= guarded->queued) return;
  heap_.push({guarded->deadline, guarded});
  guarded->queued = guarded->deadline;
  if (!thread_.joinable()) {
    thread_ = std::thread([this] { run(); });
  } else if (guarded->deadline < sleeping_until_) {
    wake_.notify_one();
  }
}

void Watchdog::run() {
  MutexLock lock(mutex_);
  while (!stopping_) {
    if (heap_.empty()) {
      sleeping_until_ = kNever;
      wake_.wait(mutex_);
      continue;
    }
    const TimePoint due = heap_.top().due;
    if (Clock::now() < due) {
      sleeping_until_ = due;
      wake_.wait_until(mutex_, due);
      continue;
    }
    const auto guarded = heap_.top().guarded.lock();
    heap_.pop();
    if (!guarded || due != guarded->queued) continue;  // Gone, or an outdated entry of the watch.
    guarded->queued = kNever;
    if (guarded->deadline <= due) {
      guarded->fire(Watch::Cause::deadline);
    } else if (guarded->deadline != kNever) {
      heap_.push({guarded->deadline, guarded});
      guarded->queued = guarded->deadline;
    }
  }
}

Watch::Watch(std::shared_ptr<Watchdog> watchdog)
    : watchdog_(std::move(watchdog)), guarded_(std::make_shared<Watchdog::Guarded>()) {}

Watch::~Watch() {
  if (!guarded_) return;  // Moved away.
  const MutexLock lock(watchdog_->mutex_);
  guarded_->fd = -1;
  guarded_->deadline = kNever;
}

void Watch::attach(int fd) {
  const MutexLock lock(watchdog_->mutex_);
  guarded_->fd = fd;
  if (guarded_->cause != Cause::none) ::shutdown(fd, SHUT_RDWR);
}

void Watch::detach() noexcept {
  const MutexLock lock(watchdog_->mutex_);
  guarded_->fd = -1;
}

void Watch::set_deadline(TimePoint deadline) {
  const MutexLock lock(watchdog_->mutex_);
  guarded_->deadline = deadline;
  watchdog_->enqueue(guarded_);
}

bool Watch::lift() noexcept {
  const MutexLock lock(watchdog_->mutex_);
  guarded_->deadline = kNever;
  return guarded_->cause == Cause::none;
}

void Watch::cancel() noexcept {
  const MutexLock lock(watchdog_->mutex_);
  guarded_->fire(Cause::cancelled);
}

Watch::Cause Watch::cause() const noexcept {
  const MutexLock lock(watchdog_->mutex_);
  return guarded_->cause;
}

}  // namespace pintle::net
