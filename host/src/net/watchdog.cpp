// SPDX-License-Identifier: Apache-2.0
#include "net/watchdog.h"

#include <sys/socket.h>
#include <utility>

namespace pintle::net {

struct Watchdog::Guarded {
  int fd = -1;
  Watch::Cause cause = Watch::Cause::none;
  TimePoint deadline = kNever;
  // When the earliest entry of this watch in the heap is due. A later deadline leaves the entry
  // where it is: the thread looks at `deadline` when the entry comes up and puts it back.
  TimePoint queued = kNever;

  void fire(Watch::Cause why) noexcept {
    if (cause != Watch::Cause::none) return;
    cause = why;
    // Wakes whoever is blocked in read, write, or poll on a connect. The number stays the owner's.
    if (fd >= 0) ::shutdown(fd, SHUT_RDWR);
  }
};

std::shared_ptr<Watchdog> Watchdog::shared() {
  // Never destroyed: a dial that was given up may come here while the process exits.
  static auto& mutex = *new std::mutex;
  static auto& current = *new std::weak_ptr<Watchdog>;
  const std::lock_guard lock(mutex);
  auto watchdog = current.lock();
  if (!watchdog) current = watchdog = std::make_shared<Watchdog>();
  return watchdog;
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
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
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (heap_.empty()) {
      sleeping_until_ = kNever;
      wake_.wait(lock);
      continue;
    }
    const TimePoint due = heap_.top().due;
    if (Clock::now() < due) {
      sleeping_until_ = due;
      wake_.wait_until(lock, due);
      continue;
    }
    const auto guarded = heap_.top().guarded.lock();
    heap_.pop();
    if (!guarded || due != guarded->queued) continue;  // Gone, or an older entry of the same watch.
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
  const std::lock_guard lock(watchdog_->mutex_);
  guarded_->fd = -1;
  guarded_->deadline = kNever;
}

void Watch::attach(int fd) {
  const std::lock_guard lock(watchdog_->mutex_);
  guarded_->fd = fd;
  if (guarded_->cause != Cause::none) ::shutdown(fd, SHUT_RDWR);
}

void Watch::detach() noexcept {
  const std::lock_guard lock(watchdog_->mutex_);
  guarded_->fd = -1;
}

void Watch::set_deadline(TimePoint deadline) {
  const std::lock_guard lock(watchdog_->mutex_);
  guarded_->deadline = deadline;
  watchdog_->enqueue(guarded_);
}

bool Watch::lift() noexcept {
  const std::lock_guard lock(watchdog_->mutex_);
  guarded_->deadline = kNever;
  return guarded_->cause == Cause::none;
}

void Watch::cancel() noexcept {
  const std::lock_guard lock(watchdog_->mutex_);
  guarded_->fire(Cause::cancelled);
}

Watch::Cause Watch::cause() const noexcept {
  const std::lock_guard lock(watchdog_->mutex_);
  return guarded_->cause;
}

}  // namespace pintle::net
