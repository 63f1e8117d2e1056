// SPDX-License-Identifier: Apache-2.0
//
// What JavaScript waits for with a promise.
//
// Threads: [js].

#pragma once

#include <array>
#include <functional>
#include <memory>
#include <napi.h>
#include <thread>

#include <pintle/pintle.h>

namespace pintle_node {

class Environment;

using ConnectionHandle = std::shared_ptr<pintle_connection>;
using HostHandle = std::shared_ptr<pintle_host>;

/// The parameters of the function of lib/ that receives results: id, error, status, body, headers.
using Result = std::array<napi_value, 5>;

class Operation {
 public:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  /// Ends it, and waits for that.
  virtual ~Operation() = default;

  virtual void cancel() noexcept = 0;
  virtual bool has_thread() const noexcept { return false; }
  /// Fills in what it ended with. Call it once, when it has finished.
  virtual void result(napi_env env, Result& values) noexcept = 0;
};

/// What a call returned.
struct Outcome {
  std::int32_t layer = PINTLE_OK;
  pintle_error error{};
  std::unique_ptr<pintle_reply, void (*)(pintle_reply*)> reply{nullptr, pintle_reply_destroy};
};

enum class Shape { text, response };  ///< The body as a string, or as a Buffer with the headers.
void fill_in(napi_env env, Outcome outcome, Shape shape, Result& values) noexcept;

/// One of the `_async` functions.
class AsyncOperation final : public Operation {
 public:
  using Begin =
      std::function<std::int32_t(const pintle_async_options&, pintle_async**, pintle_error*)>;

  /// Throws what `begin` fails with. `kept` is destroyed after the operation.
  AsyncOperation(Napi::Env env, double id, Shape shape, const Begin& begin,
                 std::shared_ptr<void> kept = nullptr);
  ~AsyncOperation() override;

  void cancel() noexcept override;
  void result(napi_env env, Result& values) noexcept override;

 private:
  const std::shared_ptr<void> kept_;
  const Shape shape_;
  const std::shared_ptr<Environment> environment_;
  const double id_;
  pintle_async* handle_ = nullptr;
};

/// What blocks, on a thread of its own.
class ThreadOperation final : public Operation {
 public:
  using Work = std::function<Outcome(pintle_cancel*)>;
  using Fill = std::function<void(napi_env, Outcome, Result&)>;

  ThreadOperation(Napi::Env env, double id, Work work, Fill fill);
  ~ThreadOperation() override;

  void start();
  void cancel() noexcept override;
  bool has_thread() const noexcept override { return true; }
  void result(napi_env env, Result& values) noexcept override;

 private:
  const Work work_;
  const Fill fill_;
  const std::shared_ptr<Environment> environment_;
  const double id_;
  pintle_cancel* const cancel_;
  Outcome outcome_;
  std::thread thread_;
};

}  // namespace pintle_node
