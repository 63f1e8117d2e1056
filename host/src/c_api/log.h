// SPDX-License-Identifier: Apache-2.0
//
// Calls the log hook of a C app.
//
// Threads: any, concurrently.

#pragma once

#include <memory>

#include <pintle/log.h>
#include <pintle/pintle.h>

namespace pintle::c_api {

/// The app's hook, and what it passes to it.
class LogHook {
 public:
  explicit LogHook(const pintle_host_options& given);
  LogHook(const LogHook&) = delete;
  LogHook& operator=(const LogHook&) = delete;
  /// Tells the app that the hook is not called any more, if it was adopted.
  ~LogHook();

  /// The host exists: from now on this owns the app's `log_user`.
  void adopt() noexcept { is_adopted_ = true; }
  void call(const LogRecord& record) const;

 private:
  void (*const on_log_)(void* user, const pintle_log_record* record);
  void (*const on_release_)(void* user);
  void* const user_;
  bool is_adopted_ = false;
};

/// Returns null if the app wants no records. Throws Error(config) for an unknown level, or a level
/// without a hook.
std::shared_ptr<LogHook> log_hook(const pintle_host_options& given);
LogOptions log_options(const pintle_host_options& given, const std::shared_ptr<LogHook>& hook);

}  // namespace pintle::c_api
