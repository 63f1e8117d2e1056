// SPDX-License-Identifier: Apache-2.0
//
// Reads a JSON object that a program wrote, member by member and by type. All memory that it used
// is wiped: a member may be a secret.
//
// A missing member and null read as empty, zero or false. One of another type throws InvalidReply
// with its name.
//
// Threads: a value; use it from one thread at a time.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>

namespace pintle::program {

using JsonMembers = simdjson::dom::object;

/// The program replied with what the protocol does not allow.
class InvalidReply : public Error {
 public:
  explicit InvalidReply(std::string why) : Error(Layer::plugin, std::move(why)) {}
};

class JsonDocument {
 public:
  /// Throws InvalidReply unless `line` is one JSON object.
  explicit JsonDocument(std::string_view line);
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  /// Valid as long as the document, also after it was moved.
  const JsonMembers& root() const noexcept;

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

bool has(const JsonMembers& object, const char* name);
std::string_view text_in(const JsonMembers& object, const char* name);
std::int64_t integer_in(const JsonMembers& object, const char* name);
bool boolean_in(const JsonMembers& object, const char* name);
/// Returns the member `name`, or the bytes of `name` and "_base64". Throws if there are both.
Secret bytes_in(const JsonMembers& object, const char* name);
JsonMembers object_in(const JsonMembers& object, const char* name);
std::vector<JsonMembers> objects_in(const JsonMembers& object, const char* name);
std::vector<std::string_view> texts_in(const JsonMembers& object, const char* name);
std::vector<std::int64_t> integers_in(const JsonMembers& object, const char* name);
/// Returns a list of pairs: [["Accept", "text/html"], …].
std::vector<std::pair<std::string_view, std::string_view>> pairs_in(const JsonMembers& object,
                                                                    const char* name);
/// Returns the JSON of a member, on one line; empty if there is none.
std::string json_in(const JsonMembers& object, const char* name);

}  // namespace pintle::program
