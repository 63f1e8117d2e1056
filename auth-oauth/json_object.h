// SPDX-License-Identifier: Apache-2.0
//
// A JSON object that may hold credentials: read member by member, and wiped when it goes.
//
// Threads: a value; use it from one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle::oauth {

class JsonObject {
 public:
  static constexpr std::size_t kLargest = 1024 * 1024;

  /// Nothing where `text` is not one JSON object of at most kLargest bytes.
  static std::optional<JsonObject> parse(std::string_view text);
  JsonObject(JsonObject&&) noexcept;
  JsonObject& operator=(JsonObject&&) noexcept;
  ~JsonObject();

  /// A text member; empty where it is missing or of another type.
  Secret secret(const char* name) const;
  std::string text(const char* name) const;
  /// A number, its fraction cut off; nothing where it is missing, of another type or too large.
  std::optional<std::int64_t> integer(const char* name) const;
  /// The JSON of an object member; empty where it is missing or of another type.
  Secret object(const char* name) const;

 private:
  struct Document;
  explicit JsonObject(std::unique_ptr<Document> document) noexcept;

  std::unique_ptr<Document> document_;
};

/// `"name":"value"`, both escaped, put at the end of `out`. What it needs in between is wiped.
/// `out` should have room: a string that grows leaves a copy behind.
void append_member(std::string& out, std::string_view name, std::string_view value);

}  // namespace pintle::oauth
