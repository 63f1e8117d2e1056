// SPDX-License-Identifier: Apache-2.0
//
// A log hook that keeps its records, for a test to look at.
//
// Threads: the hook, any; the rest one thread, also while records come.

#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <pintle/log.h>

namespace pintle::test {

inline std::string text_of(const LogValue& value) {
  switch (value.kind()) {
    case LogValue::Kind::integer:
      return std::to_string(value.integer());
    case LogValue::Kind::number:
      return std::to_string(value.number());
    case LogValue::Kind::boolean:
      return value.boolean() ? "true" : "false";
    case LogValue::Kind::text:
      return std::string(value.text());
  }
  return "?";
}

struct SeenRecord {
  LogLevel level = LogLevel::off;
  std::string connection;
  std::string area;
  std::string event;
  std::map<std::string, std::string> fields;

  bool has(const std::string& field) const { return fields.contains(field); }
  /// Empty if there is no such field.
  std::string operator[](const std::string& field) const {
    const auto found = fields.find(field);
    return found == fields.end() ? std::string() : found->second;
  }
  double number(const std::string& field) const { return std::stod(fields.at(field)); }
};

class RecordedLog {
 public:
  LogOptions options(LogLevel level = LogLevel::trace) {
    return {.level = level,
            .function = [kept = kept_](const LogRecord& record) { kept->add(record); }};
  }

  std::vector<SeenRecord> records() const {
    const std::lock_guard lock(kept_->mutex);
    return kept_->records;
  }
  std::vector<SeenRecord> records_of(const std::string& event) const {
    auto found = records();
    std::erase_if(found, [&](const SeenRecord& record) { return record.event != event; });
    return found;
  }
  /// All of it, as one text.
  std::string text() const {
    std::string all;
    for (const auto& record : records()) {
      all += record.connection + " " + record.area + " " + record.event;
      for (const auto& [name, value] : record.fields) all += " " + name + "=" + value;
      all += "\n";
    }
    return all;
  }
  void clear() {
    const std::lock_guard lock(kept_->mutex);
    kept_->records.clear();
  }

 private:
  struct Kept {
    void add(const LogRecord& record) {
      SeenRecord seen{record.level,
                      std::string(record.connection),
                      std::string(record.area),
                      std::string(record.event),
                      {}};
      for (const auto& field : record.fields) {
        const bool is_new = seen.fields.emplace(field.name.view(), text_of(field.value)).second;
        if (!is_new) seen.fields["a field twice"] = field.name.view();
      }
      const std::lock_guard lock(mutex);
      records.push_back(std::move(seen));
    }
    std::mutex mutex;
    std::vector<SeenRecord> records;
  };

  std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
};

}  // namespace pintle::test
