// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <pintle/async.h>
#include <pintle/core/base/error.h>

#include "base/mutex.h"
#include "io/background.h"

namespace pintle {

struct BackgroundTasks::State {
  Mutex mutex;
  Condition ended;
  int running PINTLE_GUARDED_BY(mutex) = 0;
  std::stop_source stop PINTLE_GUARDED_BY(mutex);

  std::stop_token begin() {
    const MutexLock lock(mutex);
    ++running;
    return stop.get_token();
  }
  void end() {
    const MutexLock lock(mutex);
    --running;
    ended.notify_all();
  }
};

BackgroundTasks::BackgroundTasks() : state_(std::make_shared<State>()) {}

BackgroundTasks::~BackgroundTasks() {
  cancel();
  const MutexLock lock(state_->mutex);
  while (state_->running > 0) state_->ended.wait(state_->mutex);
}

void BackgroundTasks::run(std::function<void(std::stop_token)> task) {
  auto cancel = state_->begin();
  const bool runs = run_in_background(
      [state = state_, task = std::move(task), cancel = std::move(cancel)]() mutable {
        task(std::move(cancel));
        // What it holds may need what the owner of these tasks has.
        task = nullptr;
        state->end();
      });
  if (runs) return;
  state_->end();
  throw Error(Layer::config, "cannot create a thread").with_retry();
}

void BackgroundTasks::cancel() {
  std::stop_source stop;
  {
    const MutexLock lock(state_->mutex);
    std::swap(stop, state_->stop);
  }
  stop.request_stop();
}

}  // namespace pintle
