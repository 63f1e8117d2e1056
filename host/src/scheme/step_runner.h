// SPDX-License-Identifier: Apache-2.0
//
// Runs the steps of one operation on its own thread, so that a scheme that does not return from a
// step does not block the caller.
//
// Threads: one at a time.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

namespace pintle {

class StepRunner {
 public:
  /// How long a cancelled step may take to return; it normally needs microseconds.
  static constexpr std::chrono::milliseconds kGrace{500};

  struct Step {
    /// Runs on the runner's thread. Must own all that it uses: it may outlive the caller.
    std::function<void()> call;
    /// Runs on the caller's thread when it leaves, before `return_late` can begin.
    std::function<void()> leave;
    /// Runs on the runner's thread if `call` returns after the caller has left. Must not throw.
    std::function<void()> return_late;
  };

  StepRunner();
  /// Joins the thread, unless it is in a step that the caller has left.
  ~StepRunner();
  StepRunner(const StepRunner&) = delete;
  StepRunner& operator=(const StepRunner&) = delete;

  /// Runs `step` and waits up to `limit` for it, and at most `kGrace` once `cancel` is stopped.
  /// Returns false if the caller has left: then run nothing else. Throws what `step` throws, and
  /// Error(config) if it cannot create a thread.
  bool run(Step step, std::chrono::milliseconds limit, const std::stop_token& cancel);

 private:
  struct Shared;
  static void work(const std::shared_ptr<Shared>& shared);

  const std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace pintle
