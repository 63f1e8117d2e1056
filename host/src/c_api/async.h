// SPDX-License-Identifier: Apache-2.0
//
// Operations of the C API that run on a thread of the library.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>

#include <pintle/pintle.h>

#include "base/mutex.h"
#include "base/wakeup.h"
#include "c_api/reply.h"

namespace pintle::c_api {

/// Finished operations, in order. Outlives its handle as long as an operation may be put into it.
class FinishedQueue {
 public:
  FinishedQueue();

  int fd() const noexcept { return wakeup_.fd(); }
  void put(pintle_async* finished);
  pintle_async* take();
  void remove(const pintle_async* destroyed);
  /// Nothing is put into it any more.
  void close();

 private:
  void show() PINTLE_REQUIRES(mutex_);

  const Wakeup wakeup_;
  Mutex mutex_;
  std::deque<pintle_async*> finished_ PINTLE_GUARDED_BY(mutex_);
  bool is_closed_ PINTLE_GUARDED_BY(mutex_) = false;
};

/// Fills in the reply, or throws.
using Work = std::function<void(pintle_reply& reply, const std::stop_token& cancel)>;

/// One operation, which its thread and its handle share.
class Operation : public std::enable_shared_from_this<Operation> {
 public:
  Operation(const pintle_async_options& given, Work work);

  /// Throws Error(config) if no thread can be created.
  void begin(pintle_async* handle);
  std::int32_t result(pintle_reply** out, pintle_error* error);
  bool wait(std::int64_t timeout_ms);
  void* user() const noexcept { return user_; }
  void cancel() { stop_.request_stop(); }
  /// The handle is about to be destroyed.
  void end();

 private:
  enum class Phase { waiting, running, finished, over };

  void run();
  void report_finished();

  void* const user_;
  void (*const done_)(void* user, pintle_async* finished);
  const std::shared_ptr<FinishedQueue> queue_;
  std::stop_source stop_{};
  pintle_async* handle_ = nullptr;  // Constant once begun.

  Mutex mutex_;
  Condition changed_;
  Work work_ PINTLE_GUARDED_BY(mutex_);
  Phase phase_ PINTLE_GUARDED_BY(mutex_) = Phase::waiting;
  bool is_abandoned_ PINTLE_GUARDED_BY(mutex_) = false;
  std::thread::id thread_ PINTLE_GUARDED_BY(mutex_){};
  std::unique_ptr<pintle_reply> reply_ PINTLE_GUARDED_BY(mutex_);
  std::int32_t layer_ PINTLE_GUARDED_BY(mutex_) = PINTLE_OK;
  pintle_error error_ PINTLE_GUARDED_BY(mutex_){};
};

/// Puts the handle into `out`, then begins `work`. Throws Error(config).
void begin_async(const pintle_async_options* options, Work work, pintle_async*& out);

}  // namespace pintle::c_api

struct pintle_async_queue {
  std::shared_ptr<pintle::c_api::FinishedQueue> queue;
};

struct pintle_async {
  std::shared_ptr<pintle::c_api::Operation> operation;
};
