// SPDX-License-Identifier: Apache-2.0
#include "c_api/log.h"

#include <string>
#include <vector>

#include "c_api/edge.h"

namespace pintle::c_api {
namespace {

pintle_log_field field_of(const LogField& field) {
  pintle_log_field made{};
  made.name = view(field.name.view());
  const auto& value = field.value;
  switch (value.kind()) {
    case LogValue::Kind::integer:
      made.kind = PINTLE_LOG_INTEGER;
      made.integer = value.integer();
      break;
    case LogValue::Kind::number:
      made.kind = PINTLE_LOG_NUMBER;
      made.number = value.number();
      break;
    case LogValue::Kind::boolean:
      made.kind = PINTLE_LOG_BOOLEAN;
      made.integer = value.boolean() ? 1 : 0;
      break;
    case LogValue::Kind::text:
      made.kind = PINTLE_LOG_TEXT;
      made.text = view(value.text());
      break;
  }
  return made;
}

}  // namespace

LogHook::LogHook(const pintle_host_options& given)
    : on_log_(given.on_log), on_release_(given.on_log_release), user_(given.log_user) {}

LogHook::~LogHook() {
  if (is_adopted_ && on_release_ != nullptr) on_release_(user_);
}

void LogHook::call(const LogRecord& record) const {
  std::vector<pintle_log_field> fields;
  fields.reserve(record.fields.size());
  for (const auto& field : record.fields) fields.push_back(field_of(field));
  pintle_log_record made{};
  made.struct_size = sizeof(made);
  made.level = static_cast<std::uint32_t>(record.level);
  made.area = view(record.area);
  made.event = view(record.event);
  made.connection = view(record.connection);
  made.time_ms = record.time_ms;
  made.fields = fields.data();
  made.field_count = fields.size();
  on_log_(user_, &made);
}

std::shared_ptr<LogHook> log_hook(const pintle_host_options& given) {
  if (given.log_level > PINTLE_LOG_TRACE) {
    refuse("log_level is " + std::to_string(given.log_level) + ", not a PINTLE_LOG_* value");
  }
  if (given.log_level == PINTLE_LOG_OFF) return nullptr;
  if (given.on_log == nullptr) refuse("log_level is set but on_log is null");
  return std::make_shared<LogHook>(given);
}

LogOptions log_options(const pintle_host_options& given, const std::shared_ptr<LogHook>& hook) {
  if (!hook) return {};
  return {.level = static_cast<LogLevel>(given.log_level),
          .function = [hook](const LogRecord& record) { hook->call(record); }};
}

}  // namespace pintle::c_api
