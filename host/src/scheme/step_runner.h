// SPDX-License-Identifier: Apache-2.0
//
// Runs the steps of one operation on a thread of its own: a scheme that does not return from a step
// keeps that thread, and not the caller.
//
// Threads: a runner is used by one thread at a time.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

namespace pintle {

class StepRunner {
 public:
  /// A step that was cancelled has this long to return: an honest one needs microseconds.
  static constexpr std::chrono::milliseconds kGrace{500};

  struct Step {
    /// On the runner's thread. Must own all that it touches: it may outlive the caller.
    std::function<void()> call;
    /// On the caller's thread when it leaves, before `return_late` can begin.
    std::function<void()> leave;
    /// On the runner's thread, if `call` returns after the caller has left. Must not throw.
    std::function<void()> return_late;
  };

  StepRunner();
  /// Waits for the thread to end, unless it is in a step that was left.
  ~StepRunner();
  StepRunner(const StepRunner&) = delete;
  StepRunner& operator=(const StepRunner&) = delete;

  /// Runs `step` and waits for it: for `limit`, and for `kGrace` at most once `cancel` is stopped.
  /// Throws what it throws, and Error(config) if the system has no thread. False if the caller has
  /// left: then nothing else may be run.
  bool run(Step step, std::chrono::milliseconds limit, const std::stop_token& cancel);

 private:
  struct Shared;
  static void work(const std::shared_ptr<Shared>& shared);

  const std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace pintle
