// SPDX-License-Identifier: Apache-2.0
//
// What the threads of the library hand to the thread of JavaScript: tasks, run in their order, many
// for one wake-up.
//
// Threads: any, but for what is marked [js].

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <node_api.h>
#include <vector>

namespace pintle_node {

class Inbox : public std::enable_shared_from_this<Inbox> {
 public:
  using Task = std::function<void(napi_env)>;

  /// [js] Returns null if the environment is ending.
  static std::shared_ptr<Inbox> make(napi_env env);

  /// Runs `task` on the thread of JavaScript soon. After `close` it is dropped.
  void post(Task task);

  /// [js] Whether the inbox keeps the process running.
  void keep_running(napi_env env, bool yes) noexcept;
  /// [js] Drops what is left.
  void close() noexcept;

 private:
  void drain(napi_env env);

  std::mutex mutex_;
  std::vector<Task> tasks_;
  bool is_awake_ = false;
  bool is_closed_ = false;
  napi_threadsafe_function wake_ = nullptr;
};

/// Clears an exception of JavaScript and reports it as one that nobody has caught.
void report_exception(napi_env env) noexcept;

}  // namespace pintle_node
