// SPDX-License-Identifier: Apache-2.0
//
// Writes records to the app's log hook.
//
//     if (log.is_on(LogLevel::debug)) log.write(LogLevel::debug, "tls", "handshake_done", {…});
//
// Ask `is_on` first, so that a disabled level costs one branch. Never write while a mutex is locked
// that a const function of the public API takes: the hook may call it.
//
// Threads: any, concurrently; it is constant once constructed.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>

#include <pintle/core/base/error.h>
#include <pintle/log.h>

#include "base/known_secrets.h"

namespace pintle {

class Log {
 public:
  using Now = std::function<std::int64_t()>;

  /// Off.
  Log() = default;
  /// `now_ms` gives the Unix time in milliseconds. `connection` is the one that the records are of.
  /// `secrets`, if any, are hidden in the texts of all fields.
  Log(const LogOptions& options, Now now_ms, std::string connection,
      std::shared_ptr<const KnownSecrets> secrets = nullptr);

  bool is_on(LogLevel level) const noexcept { return level <= level_; }

  void write(LogLevel level, SafeText area, SafeText event,
             std::span<const LogField> fields) const noexcept;
  void write(LogLevel level, SafeText area, SafeText event,
             std::initializer_list<LogField> fields) const noexcept {
    write(level, area, event, std::span(fields.begin(), fields.size()));
  }
  /// Adds the error's layer and message to `fields`.
  void write(LogLevel level, SafeText area, SafeText event, std::span<const LogField> fields,
             const Error& error) const noexcept;
  void write(LogLevel level, SafeText area, SafeText event, std::initializer_list<LogField> fields,
             const Error& error) const noexcept {
    write(level, area, event, std::span(fields.begin(), fields.size()), error);
  }

 private:
  struct Sink {
    std::function<void(const LogRecord&)> function;
    Now now_ms;
    std::string connection;
    std::shared_ptr<const KnownSecrets> secrets;
  };

  void pass_on(LogLevel level, SafeText area, SafeText event,
               std::span<const LogField> fields) const;

  LogLevel level_ = LogLevel::off;
  std::shared_ptr<const Sink> sink_;
};

/// For a field whose name ends in "_ms".
inline double milliseconds_of(std::chrono::nanoseconds duration) noexcept {
  return std::chrono::duration<double, std::milli>(duration).count();
}

}  // namespace pintle
