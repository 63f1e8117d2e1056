// SPDX-License-Identifier: Apache-2.0
#include "log/log.h"

#include <utility>
#include <vector>

namespace pintle {
namespace {

// What the hook makes Pintle do is not logged: it would call the hook without end.
thread_local bool is_in_hook = false;

}  // namespace

const char* name_of(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::off:
      return "off";
    case LogLevel::error:
      return "error";
    case LogLevel::warn:
      return "warn";
    case LogLevel::info:
      return "info";
    case LogLevel::debug:
      return "debug";
    case LogLevel::trace:
      return "trace";
  }
  return "unknown";
}

Log::Log(const LogOptions& options, Now now_ms, std::string connection,
         std::shared_ptr<const KnownSecrets> secrets) {
  if (!options.function || options.level == LogLevel::off) return;
  level_ = options.level;
  sink_ = std::make_shared<const Sink>(
      Sink{options.function, std::move(now_ms), std::move(connection), std::move(secrets)});
}

void Log::write(LogLevel level, SafeText area, SafeText event,
                std::span<const LogField> fields) const noexcept {
  if (!is_on(level) || is_in_hook) return;
  is_in_hook = true;
  try {
    pass_on(level, area, event, fields);
  } catch (...) {
    // A log that fails must not fail what is logged.
  }
  is_in_hook = false;
}

void Log::pass_on(LogLevel level, SafeText area, SafeText event,
                  std::span<const LogField> fields) const {
  std::vector<LogField> shown(fields.begin(), fields.end());
  std::vector<std::string> texts;
  texts.reserve(shown.size());  // what the fields view must not move
  for (auto& field : shown) {
    if (!sink_->secrets || field.value.kind() != LogValue::Kind::text) continue;
    field.value =
        safe_text(texts.emplace_back(sink_->secrets->hide(std::string(field.value.text()))));
  }
  sink_->function({.level = level,
                   .area = area.view(),
                   .event = event.view(),
                   .connection = sink_->connection,
                   .time_ms = sink_->now_ms(),
                   .fields = shown});
}

void Log::write(LogLevel level, SafeText area, SafeText event, std::span<const LogField> fields,
                const Error& error) const noexcept {
  if (!is_on(level)) return;
  try {
    std::vector<LogField> all(fields.begin(), fields.end());
    all.push_back({"layer", error.layer()});
    all.push_back({"message", safe_text(error.message())});
    if (error.http_status() != 0) all.push_back({"status", error.http_status()});
    write(level, area, event, std::span<const LogField>(all));
  } catch (...) {
    // There is no memory for the record.
  }
}

}  // namespace pintle
