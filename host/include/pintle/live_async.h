// SPDX-License-Identifier: Apache-2.0
//
// Requests of a live connection as futures and as something to co_await. Header-only.
//
//     auto answer = pintle::rpc_future(live, "session.list", "{}");       // from any thread
//     const auto json = co_await pintle::async_rpc(live, "session.list"); // in any coroutine
//
// Threads: a future is completed on the I/O thread, so that a thread of the app's executor may wait
// for it. A coroutine is resumed where the callbacks of its LiveConnection go: on the I/O thread,
// or by the app's executor.

/// @file
/// @snippet reference/live.cpp async

#pragma once

#include <coroutine>
#include <exception>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/live.h>

namespace pintle {

/// The result's JSON, or an exception as `LiveConnection::rpc` throws it. Throws as `request` does.
inline std::future<std::string> rpc_future(LiveConnection& live, std::string_view method,
                                           std::string_view params_json = {},
                                           const CallOptions& options = {}) {
  auto promise = std::make_shared<std::promise<std::string>>();
  auto future = promise->get_future();
  live.request_on_io_thread(method, params_json, options,
                            [promise, name = std::string(method)](const CallResult& result) {
                              try {
                                promise->set_value(result_of(result, name));
                              } catch (...) {
                                promise->set_exception(std::current_exception());
                              }
                            });
  return future;
}

/// The result of `async_rpc`, to be awaited once. The LiveConnection must outlive that, and a
/// coroutine that waits for it must not be destroyed: `LiveConnection::cancel` and the time limit
/// end it.
class RpcAwaitable {
 public:
  RpcAwaitable(LiveConnection& live, std::string method, std::string params_json,
               CallOptions options)
      : live_(live),
        method_(std::move(method)),
        params_json_(std::move(params_json)),
        options_(std::move(options)) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    // The coroutine may be over, and this with it, before `request` returns.
    const auto method = std::move(method_);
    const auto params = std::move(params_json_);
    const auto options = options_;
    live_.request(method, params, options, [this, waiting, method](const CallResult& result) {
      try {
        json_ = result_of(result, method);
      } catch (...) {
        failure_ = std::current_exception();
      }
      waiting.resume();
    });
  }
  std::string await_resume() {
    if (failure_) std::rethrow_exception(failure_);
    return std::move(json_);
  }

 private:
  LiveConnection& live_;
  std::string method_;
  std::string params_json_;
  CallOptions options_;
  std::string json_;
  std::exception_ptr failure_;
};

/// `co_await` returns the JSON of the result, and throws as `LiveConnection::rpc` does.
inline RpcAwaitable async_rpc(LiveConnection& live, std::string method,
                              std::string params_json = {}, CallOptions options = {}) {
  return {live, std::move(method), std::move(params_json), std::move(options)};
}

}  // namespace pintle
