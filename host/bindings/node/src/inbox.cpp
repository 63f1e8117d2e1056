// SPDX-License-Identifier: Apache-2.0
#include "inbox.h"

#include <utility>

namespace pintle_node {

void report_exception(napi_env env) noexcept {
  bool is_pending = false;
  if (napi_is_exception_pending(env, &is_pending) != napi_ok || !is_pending) return;
  napi_value thrown = nullptr;
  if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok) napi_fatal_exception(env, thrown);
}

std::shared_ptr<Inbox> Inbox::make(napi_env env) {
  auto inbox = std::make_shared<Inbox>();
  napi_value name = nullptr;
  if (napi_create_string_utf8(env, "pintle", NAPI_AUTO_LENGTH, &name) != napi_ok) return nullptr;
  // It lives as long as the function that wakes its thread.
  auto* kept = new std::shared_ptr<Inbox>(inbox);
  const auto made = napi_create_threadsafe_function(
      env, nullptr, nullptr, name, 0, 1, kept,
      [](napi_env, void* data, void*) { delete static_cast<std::shared_ptr<Inbox>*>(data); },
      inbox.get(),
      [](napi_env env_or_null, napi_value, void* context, void*) {
        if (env_or_null != nullptr) static_cast<Inbox*>(context)->drain(env_or_null);
      },
      &inbox->wake_);
  if (made != napi_ok) {
    delete kept;
    return nullptr;
  }
  napi_unref_threadsafe_function(env, inbox->wake_);
  return inbox;
}

void Inbox::post(Task task) {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return;
  tasks_.push_back(std::move(task));
  if (is_awake_) return;
  is_awake_ = true;
  napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
}

void Inbox::drain(napi_env env) {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    is_awake_ = false;
    tasks.swap(tasks_);
  }
  for (auto& task : tasks) {
    napi_handle_scope scope = nullptr;
    if (napi_open_handle_scope(env, &scope) != napi_ok) return;
    task(env);
    napi_close_handle_scope(env, scope);
  }
}

void Inbox::keep_running(napi_env env, bool yes) noexcept {
  const std::lock_guard lock(mutex_);
  if (is_closed_) return;
  if (yes) {
    napi_ref_threadsafe_function(env, wake_);
  } else {
    napi_unref_threadsafe_function(env, wake_);
  }
}

void Inbox::close() noexcept {
  std::vector<Task> dropped;
  const std::lock_guard lock(mutex_);
  if (is_closed_) return;
  is_closed_ = true;
  dropped.swap(tasks_);
  napi_release_threadsafe_function(wake_, napi_tsfn_abort);
}

}  // namespace pintle_node
