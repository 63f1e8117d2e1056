// SPDX-License-Identifier: Apache-2.0
//
// Runs a job once at a time for all callers: a call during a run waits for that run instead of
// starting another.
//
// The job runs on its own thread, so that a cancelled caller returns at once without interrupting
// it: an answer that is not read to its end may contain the only copy of a new session.
//
// Threads: any.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include <pintle/core/base/error.h>

#include "base/mutex.h"

namespace pintle {

class SingleFlight {
 public:
  /// `job` receives a token that is stopped by the destructor.
  using Job = std::function<void(const std::stop_token&)>;

  explicit SingleFlight(Job job) : job_(std::move(job)) {}
  /// Waits up to `kGrace` for a run in progress, then cancels it and waits for it to end.
  ~SingleFlight();
  SingleFlight(const SingleFlight&) = delete;
  SingleFlight& operator=(const SingleFlight&) = delete;

  /// Runs the job, or waits for the run in progress. Throws what the job throws, and Error(tcp) if
  /// `cancel` is stopped first.
  void run(const std::stop_token& cancel);
  /// The same, but returns false at once if a run is in progress.
  bool run_unless_running(const std::stop_token& cancel);

 private:
  static constexpr std::chrono::milliseconds kGrace{3'000};
  struct Flight {
    bool done = false;
    std::optional<Error> failure;
  };

  std::shared_ptr<Flight> start() PINTLE_REQUIRES(mutex_);
  void wait(const std::shared_ptr<Flight>& flight, const std::stop_token& cancel)
      PINTLE_REQUIRES(mutex_);

  Job job_;
  Mutex mutex_;
  Condition landed_;
  std::shared_ptr<Flight> flight_ PINTLE_GUARDED_BY(mutex_);
  std::jthread thread_ PINTLE_GUARDED_BY(mutex_);
};

}  // namespace pintle
