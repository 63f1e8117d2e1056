// SPDX-License-Identifier: Apache-2.0
//
// A task that runs once: like std::function, but its state need not be copyable. Header-only.

#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace pintle::live {

class Task {
 public:
  Task() = default;
  template <class Function>
  requires(!std::is_same_v<std::decay_t<Function>, Task>)
      Task(Function&& function)  // NOLINT: lambdas convert to a task implicitly
      : job_(std::make_unique<Holds<std::decay_t<Function>>>(std::forward<Function>(function))) {}

  void operator()() { job_->run(); }

 private:
  struct Job {
    virtual ~Job() = default;
    virtual void run() = 0;
  };
  template <class Function>
  struct Holds final : Job {
    explicit Holds(Function given) : function(std::move(given)) {}
    void run() override { function(); }
    Function function;
  };

  std::unique_ptr<Job> job_;
};

}  // namespace pintle::live
