// SPDX-License-Identifier: Apache-2.0
//
// One run of a job at a time, for all who want its result: whoever comes while it runs waits for
// that run and starts none of its own.
//
// The job has a thread of its own, so that a caller who gives up leaves at once and breaks nothing
// off: an answer that is not read to its end may hold the only copy of a fresh session.
//
// Threads: any.

#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include <pintle/core/base/error.h>

namespace pintle {

class SingleFlight {
 public:
  /// `job` is given a token that is stopped when this dies.
  using Job = std::function<void(const std::stop_token&)>;

  explicit SingleFlight(Job job) : job_(std::move(job)) {}
  /// Gives a run under way `kGrace` to come to its end, then cancels it and waits.
  ~SingleFlight();
  SingleFlight(const SingleFlight&) = delete;
  SingleFlight& operator=(const SingleFlight&) = delete;

  /// Runs the job, or joins the run that is under way. Throws what the job threw, and Error(tcp)
  /// where `cancel` was stopped first.
  void run(const std::stop_token& cancel);
  /// The same, but returns false at once where a run is under way.
  bool run_unless_running(const std::stop_token& cancel);

 private:
  static constexpr std::chrono::milliseconds kGrace{3'000};
  struct Flight {
    bool done = false;
    std::optional<Error> failure;
  };

  std::shared_ptr<Flight> start();
  void wait(const std::shared_ptr<Flight>& flight, std::unique_lock<std::mutex>& lock,
            const std::stop_token& cancel);

  Job job_;
  std::mutex mutex_;
  std::condition_variable_any landed_;
  std::shared_ptr<Flight> flight_;
  std::jthread thread_;
};

}  // namespace pintle
