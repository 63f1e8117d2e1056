// SPDX-License-Identifier: Apache-2.0
//
// A JSON object that may contain credentials: read member by member, wiped on destruction.
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
  static constexpr std::size_t kMaxBytes = 1024 * 1024;

  /// Returns nothing if `text` is not one JSON object of at most kMaxBytes bytes.
  static std::optional<JsonObject> parse(std::string_view text);
  JsonObject(JsonObject&&) noexcept;
  JsonObject& operator=(JsonObject&&) noexcept;
  ~JsonObject();

  /// Returns a string member; empty if it is missing or of another type.
  Secret secret(const char* name) const;
  std::string text(const char* name) const;
  /// Returns a number without its fraction; nothing if it is missing, of another type or too large.
  std::optional<std::int64_t> integer(const char* name) const;
  /// Returns the JSON of an object member; empty if it is missing or of another type.
  Secret object(const char* name) const;

 private:
  struct Document;
  explicit JsonObject(std::unique_ptr<Document> document) noexcept;

  std::unique_ptr<Document> document_;
};

/// Appends `"name":"value"`, both escaped, to `out`. Temporaries are wiped. Reserve `out` first: a
/// string that grows leaves a copy behind.
void append_member(std::string& out, std::string_view name, std::string_view value);

}  // namespace pintle::oauth
