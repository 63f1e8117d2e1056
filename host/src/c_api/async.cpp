// SPDX-License-Identifier: Apache-2.0
#include "c_api/async.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>

#include <pintle/core/base/error.h>

#include "c_api/edge.h"
#include "io/background.h"

namespace pintle::c_api {

FinishedQueue::FinishedQueue() {
  if (!wakeup_) {
    throw Error(Layer::config,
                std::string("cannot create an event descriptor: ") + std::strerror(errno));
  }
}

void FinishedQueue::put(pintle_async* finished) {
  const MutexLock lock(mutex_);
  if (is_closed_) return;
  finished_.push_back(finished);
  show();
}

pintle_async* FinishedQueue::take() {
  const MutexLock lock(mutex_);
  if (finished_.empty()) return nullptr;
  auto* first = finished_.front();
  finished_.pop_front();
  show();
  return first;
}

void FinishedQueue::remove(const pintle_async* destroyed) {
  const MutexLock lock(mutex_);
  std::erase(finished_, destroyed);
  show();
}

void FinishedQueue::close() {
  const MutexLock lock(mutex_);
  is_closed_ = true;
  finished_.clear();
  show();
}

void FinishedQueue::show() {
  if (finished_.empty()) {
    wakeup_.drain();
  } else {
    wakeup_.ring();
  }
}

Operation::Operation(const pintle_async_options& given, Work work)
    : user_(given.user),
      done_(given.done),
      queue_(given.queue == nullptr ? nullptr : given.queue->queue),
      work_(std::move(work)) {}

void Operation::begin(pintle_async* handle) {
  handle_ = handle;
  if (!run_in_background([self = shared_from_this()] { self->run(); })) {
    throw Error(Layer::config, "cannot create a thread").with_retry();
  }
}

void Operation::run() {
  Work work;
  {
    const MutexLock lock(mutex_);
    std::swap(work, work_);
    if (is_abandoned_) return;
    phase_ = Phase::running;
    thread_ = std::this_thread::get_id();
  }
  auto reply = std::make_unique<pintle_reply>();
  auto error = pintle::sized<pintle_error>();
  const auto stop = stop_.get_token();
  const auto layer = guarded(&error, stop, [&] { work(*reply, stop); });
  work = nullptr;  // And with it what it keeps of the connection.
  {
    const MutexLock lock(mutex_);
    layer_ = layer;
    error_ = error;
    if (layer == PINTLE_OK) reply_ = std::move(reply);
    phase_ = Phase::finished;
    changed_.notify_all();
  }
  report_finished();
  const MutexLock lock(mutex_);
  phase_ = Phase::over;
  changed_.notify_all();
}

void Operation::report_finished() {
  {
    const MutexLock lock(mutex_);
    if (is_abandoned_) return;
  }
  // Whoever destroys the handle from now on waits for this, or is called by it.
  if (done_ != nullptr) {
    done_(user_, handle_);
  } else if (queue_) {
    queue_->put(handle_);
  }
}

std::int32_t Operation::result(pintle_reply** out, pintle_error* error) {
  const MutexLock lock(mutex_);
  if (phase_ != Phase::finished && phase_ != Phase::over) refuse("the operation has not finished");
  if (out != nullptr) *out = reply_.release();
  if (layer_ != PINTLE_OK) put_error(error, error_);
  return layer_;
}

bool Operation::wait(std::int64_t timeout_ms) {
  const MutexLock lock(mutex_);
  const auto is_finished = [&]() PINTLE_REQUIRES(mutex_) {
    return phase_ == Phase::finished || phase_ == Phase::over;
  };
  if (timeout_ms >= 0) {
    constexpr std::int64_t kMaxWaitMs = std::int64_t{365} * 24 * 3600 * 1000;  // no overflow
    const std::chrono::milliseconds limit(std::min(timeout_ms, kMaxWaitMs));
    return changed_.wait_for(mutex_, limit, is_finished);
  }
  changed_.wait(mutex_, is_finished);
  return true;
}

void Operation::end() {
  stop_.request_stop();
  Work dropped;  // What has not begun never does, and keeps nothing of the connection.
  {
    const MutexLock lock(mutex_);
    is_abandoned_ = true;
    if (phase_ == Phase::waiting) std::swap(dropped, work_);
    const bool is_own_callback = thread_ == std::this_thread::get_id();
    while (!is_own_callback && phase_ != Phase::waiting && phase_ != Phase::over) {
      changed_.wait(mutex_);
    }
  }
  if (queue_) queue_->remove(handle_);
}

void begin_async(const pintle_async_options* options, Work work, pintle_async*& out) {
  const auto given = sized_or_default(options, "pintle_async_options");
  if (given.done != nullptr && given.queue != nullptr) {
    refuse("pintle_async_options has both done and queue");
  }
  auto made = std::make_unique<pintle_async>();
  made->operation = std::make_shared<Operation>(given, std::move(work));
  const auto operation = made->operation;
  // The app may have destroyed the handle before `begin` returns.
  out = made.release();
  try {
    operation->begin(out);
  } catch (...) {
    delete std::exchange(out, nullptr);
    throw;
  }
}

}  // namespace pintle::c_api

using namespace pintle;

std::int32_t pintle_async_result(pintle_async* operation, pintle_reply** out, pintle_error* error) {
  if (out != nullptr) *out = nullptr;
  std::int32_t layer = PINTLE_OK;
  const auto refused = c_api::guarded(error, [&] {
    layer = c_api::dereference(operation, "operation").operation->result(out, error);
  });
  return refused != PINTLE_OK ? refused : layer;
}

std::int32_t pintle_async_wait(pintle_async* operation, std::int64_t timeout_ms) {
  return operation != nullptr && operation->operation->wait(timeout_ms) ? 1 : 0;
}

void* pintle_async_user(const pintle_async* operation) {
  return operation == nullptr ? nullptr : operation->operation->user();
}

void pintle_async_cancel(pintle_async* operation) {
  if (operation != nullptr) operation->operation->cancel();
}

void pintle_async_destroy(pintle_async* operation) {
  if (operation == nullptr) return;
  operation->operation->end();
  delete operation;
}

pintle_async_queue* pintle_async_queue_new(pintle_error* error) {
  pintle_async_queue* made = nullptr;
  c_api::guarded(error,
                 [&] { made = new pintle_async_queue{std::make_shared<c_api::FinishedQueue>()}; });
  return made;
}

int pintle_async_queue_fd(const pintle_async_queue* queue) {
  return queue == nullptr ? -1 : queue->queue->fd();
}

pintle_async* pintle_async_queue_take(pintle_async_queue* queue) {
  return queue == nullptr ? nullptr : queue->queue->take();
}

void pintle_async_queue_destroy(pintle_async_queue* queue) {
  if (queue == nullptr) return;
  queue->queue->close();
  delete queue;
}
