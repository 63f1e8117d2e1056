// SPDX-License-Identifier: Apache-2.0
//
// What blocks in a Connection, on threads of the library: with a future, a callback, or co_await.
//
//     pintle::AsyncConnection async(connection);
//     auto response = async.call({.target = "/api/sessions"});  // a future
//     async.call({.target = "/api/sessions"}, [](pintle::Outcome<pintle::HttpResponse> outcome) {
//       show(outcome.get());                                    // on a thread of the library
//     });
//     const auto probe = co_await async.await([](auto& connection, auto cancel) {
//       return connection.probe(cancel);                        // goes on on a thread of the
//       library
//     });
//
// At most 256 operations of a process run at once; others wait in order. For requests of a live
// connection, see pintle/live_async.h.
//
// Threads: any.

/// @file
/// @snippet reference/host.cpp async

#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <pintle/connection.h>

namespace pintle {

/// The result of an operation, or what it threw.
template <class Result>
class Outcome {
 public:
  /// Runs `work` now.
  template <class Work>
  static Outcome of(Work&& work) {
    try {
      return Outcome(std::variant<Result, std::exception_ptr>(std::in_place_index<0>, work()));
    } catch (...) {
      return Outcome(std::variant<Result, std::exception_ptr>(std::in_place_index<1>,
                                                              std::current_exception()));
    }
  }

  bool failed() const noexcept { return value_.index() == 1; }
  /// Returns the result, once, or throws what the operation threw.
  Result get() {
    if (failed()) std::rethrow_exception(std::get<1>(value_));
    return std::move(std::get<0>(value_));
  }

 private:
  explicit Outcome(std::variant<Result, std::exception_ptr> value) : value_(std::move(value)) {}
  std::variant<Result, std::exception_ptr> value_;
};

/// Tasks on threads of the library, which end with this.
class BackgroundTasks {
 public:
  BackgroundTasks();
  BackgroundTasks(const BackgroundTasks&) = delete;
  BackgroundTasks& operator=(const BackgroundTasks&) = delete;
  /// Cancels, and waits until no task runs.
  ~BackgroundTasks();

  /// Runs `task`, which must not throw. Throws Error(config) if no thread can be created.
  void run(std::function<void(std::stop_token)> task);
  /// Requests a stop of all tasks so far.
  void cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Runs operations of a connection, which must stay where it is as long as this. Destroying this
/// cancels them and waits for their end; after that no callback runs. Make one for each group of
/// operations that is cancelled together.
class AsyncConnection {
 public:
  template <class Work>
  using ResultOf = std::invoke_result_t<Work&, Connection&, std::stop_token>;

  explicit AsyncConnection(Connection& connection) : connection_(connection) {}

  /// Runs `work(connection, cancel)`, which returns a value. Each function here throws
  /// Error(config) if no thread can be created; what the operation throws is thrown by the future.
  template <class Work>
  std::future<ResultOf<Work>> run(Work work) {
    auto promise = std::make_shared<std::promise<ResultOf<Work>>>();
    auto future = promise->get_future();
    run(std::move(work), [promise](Outcome<ResultOf<Work>> outcome) {
      try {
        promise->set_value(outcome.get());
      } catch (...) {
        promise->set_exception(std::current_exception());
      }
    });
    return future;
  }

  /// The same; calls `done(Outcome)` once, on a thread of the library. It may block, and must not
  /// destroy this; what it throws is dropped.
  template <class Work, class Done>
  void run(Work work, Done done) {
    // A std::function must be copyable; `work` and `done` need not be.
    auto job = std::make_shared<std::pair<Work, Done>>(std::move(work), std::move(done));
    tasks_.run([this, job](const std::stop_token& cancel) {
      auto outcome = Outcome<ResultOf<Work>>::of([&] { return job->first(connection_, cancel); });
      try {
        job->second(std::move(outcome));
      } catch (...) {
        // As documented.
      }
    });
  }

  /// To be awaited once: `co_await` returns the result, or throws what `work` throws. The coroutine
  /// goes on on a thread of the library, and must not destroy this before it has moved to another
  /// one.
  template <class Work>
  class Awaitable {
   public:
    Awaitable(AsyncConnection& async, Work work) : async_(async), work_(std::move(work)) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
      async_.run(std::move(work_), [this, waiting](Outcome<ResultOf<Work>> outcome) {
        outcome_.emplace(std::move(outcome));
        waiting.resume();
      });
    }
    ResultOf<Work> await_resume() { return outcome_->get(); }

   private:
    AsyncConnection& async_;
    Work work_;
    std::optional<Outcome<ResultOf<Work>>> outcome_{};
  };
  template <class Work>
  Awaitable<Work> await(Work work) {
    return {*this, std::move(work)};
  }

  /// As the functions of Connection: without `done` they return a future, with it nothing.
  template <class... Done>
  auto call(HttpRequest request, Done... done) {
    return run([request = std::move(request)](
                   Connection& on, std::stop_token cancel) { return on.call(request, cancel); },
               std::move(done)...);
  }
  template <class... Done>
  auto ws_url(std::string path, Done... done) {
    return run([path = std::move(path)](
                   Connection& on, std::stop_token cancel) { return on.ws_url(path, {}, cancel); },
               std::move(done)...);
  }
  template <class... Done>
  auto probe(Done... done) {
    return run([](Connection& on, std::stop_token cancel) { return on.probe(cancel); },
               std::move(done)...);
  }
  /// `ui` must outlive the operation.
  template <class... Done>
  auto sign_in(SignInOptions options, SignInUi& ui, Done... done) {
    return run(
        [options = std::move(options), &ui](Connection& on, std::stop_token cancel) {
          return on.sign_in(options, ui, cancel);
        },
        std::move(done)...);
  }

  /// Requests the end of all operations so far; they end soon, with an Error.
  void cancel() { tasks_.cancel(); }

 private:
  Connection& connection_;
  BackgroundTasks tasks_{};
};

}  // namespace pintle
