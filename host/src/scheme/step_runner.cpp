// SPDX-License-Identifier: Apache-2.0
#include "scheme/step_runner.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <system_error>
#include <utility>

#include <pintle/core/base/error.h>

#include "base/mutex.h"

namespace pintle {

struct StepRunner::Shared {
  Mutex mutex;
  Condition changed;
  std::optional<Step> next PINTLE_GUARDED_BY(mutex);
  bool is_done PINTLE_GUARDED_BY(mutex) = false;
  bool was_left PINTLE_GUARDED_BY(mutex) = false;
  bool is_over PINTLE_GUARDED_BY(mutex) = false;
  std::exception_ptr failure PINTLE_GUARDED_BY(mutex);
};

StepRunner::StepRunner() : shared_(std::make_shared<Shared>()) {}

StepRunner::~StepRunner() {
  if (!thread_.joinable()) return;
  MutexLock lock(shared_->mutex);
  if (shared_->was_left) {
    thread_.detach();
    return;
  }
  shared_->is_over = true;
  shared_->changed.notify_all();
  lock.unlock();
  thread_.join();
}

bool StepRunner::run(Step step, std::chrono::milliseconds limit, const std::stop_token& cancel) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kMaxLimit = std::chrono::hours(24);  // more may overflow
  const auto deadline = Clock::now() + std::min(limit, kMaxLimit);
  const auto leave = step.leave;
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread(&StepRunner::work, shared_);
    } catch (const std::system_error&) {
      throw Error(Layer::config, "cannot create a thread for the scheme").with_retry();
    }
  }
  MutexLock lock(shared_->mutex);
  shared_->is_done = false;
  shared_->next = std::move(step);
  shared_->changed.notify_all();
  const auto is_done = [&]() PINTLE_REQUIRES(shared_->mutex) { return shared_->is_done; };
  if (!shared_->changed.wait_until(shared_->mutex, cancel, deadline, is_done)) {
    shared_->changed.wait_until(shared_->mutex, std::min(deadline, Clock::now() + kGrace), is_done);
  }
  if (!shared_->is_done) {
    shared_->was_left = true;
    leave();
    return false;
  }
  if (shared_->failure) std::rethrow_exception(std::exchange(shared_->failure, nullptr));
  return true;
}

void StepRunner::work(const std::shared_ptr<Shared>& shared) {
  MutexLock lock(shared->mutex);
  while (true) {
    shared->changed.wait(shared->mutex, [&]() PINTLE_REQUIRES(shared->mutex) {
      return shared->next || shared->is_over;
    });
    if (!shared->next) return;
    auto step = std::exchange(shared->next, std::nullopt);
    lock.unlock();
    std::exception_ptr failure;
    try {
      step->call();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (shared->was_left) {
      lock.unlock();
      step->return_late();
      return;
    }
    step.reset();  // before the caller continues: frees all that the step owned
    shared->failure = failure;
    shared->is_done = true;
    shared->changed.notify_all();
  }
}

}  // namespace pintle
