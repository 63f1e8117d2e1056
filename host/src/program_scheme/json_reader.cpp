// SPDX-License-Identifier: Apache-2.0
#include "program_scheme/json_reader.h"

#include <new>

#include <pintle/core/text/base64.h>

namespace pintle::program {

namespace dom = simdjson::dom;

namespace {

InvalidReply wrong_type(const char* name, const char* expected) {
  return InvalidReply(std::string("\"") + name + "\" is not " + expected);
}

// Returns false if there is no such member, or null.
template <class Value>
bool get(const JsonMembers& object, const char* name, const char* expected, Value& value) {
  dom::element member;
  if (object[name].get(member) != simdjson::SUCCESS || member.is_null()) return false;
  if (member.get(value) != simdjson::SUCCESS) throw wrong_type(name, expected);
  return true;
}

template <class Value>
std::vector<Value> list_in(const JsonMembers& object, const char* name, const char* expected) {
  std::vector<Value> values;
  dom::array list;
  if (!get(object, name, expected, list)) return values;
  for (const auto element : list) {
    Value value;
    if (element.get(value) != simdjson::SUCCESS) throw wrong_type(name, expected);
    values.push_back(value);
  }
  return values;
}

}  // namespace

// simdjson copies every string.
struct JsonDocument::Memory {
  explicit Memory(std::string_view line) {
    padded.reserve(line.size() + simdjson::SIMDJSON_PADDING);
    padded.assign(line);
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() {
    wipe(padded);
    auto& strings = parser.doc.string_buf;
    if (strings) wipe(reinterpret_cast<char*>(strings.get()), 5 * parser.doc.capacity() / 3);
  }

  std::string padded;
  dom::parser parser;
  dom::object root;
};

JsonDocument::JsonDocument(std::string_view line) : memory_(std::make_unique<Memory>(line)) {
  auto& memory = *memory_;
  const auto error =
      line.empty()
          ? simdjson::EMPTY
          : memory.parser.parse(memory.padded.data(), memory.padded.size(), false).get(memory.root);
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  if (error) throw InvalidReply("it is not a JSON object");
}

JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

const JsonMembers& JsonDocument::root() const noexcept { return memory_->root; }

bool has(const JsonMembers& object, const char* name) {
  dom::element member;
  return object[name].get(member) == simdjson::SUCCESS && !member.is_null();
}

std::string_view text_in(const JsonMembers& object, const char* name) {
  std::string_view value;
  get(object, name, "a string", value);
  return value;
}

std::int64_t integer_in(const JsonMembers& object, const char* name) {
  std::int64_t value = 0;
  get(object, name, "an integer", value);
  return value;
}

bool boolean_in(const JsonMembers& object, const char* name) {
  bool value = false;
  get(object, name, "true or false", value);
  return value;
}

Secret bytes_in(const JsonMembers& object, const char* name) {
  const auto in_base64 = std::string(name) + "_base64";
  if (!has(object, in_base64.c_str())) return Secret(text_in(object, name));
  if (has(object, name)) {
    throw InvalidReply("it has both \"" + std::string(name) + "\" and \"" + in_base64 + "\"");
  }
  auto bytes = bytes_of_base64(text_in(object, in_base64.c_str()));
  if (!bytes) throw wrong_type(in_base64.c_str(), "base64");
  return std::move(*bytes);
}

JsonMembers object_in(const JsonMembers& object, const char* name) {
  JsonMembers value;
  if (!get(object, name, "an object", value)) throw wrong_type(name, "an object");
  return value;
}

std::vector<JsonMembers> objects_in(const JsonMembers& object, const char* name) {
  return list_in<JsonMembers>(object, name, "a list of objects");
}

std::vector<std::string_view> texts_in(const JsonMembers& object, const char* name) {
  return list_in<std::string_view>(object, name, "a list of strings");
}

std::vector<std::int64_t> integers_in(const JsonMembers& object, const char* name) {
  return list_in<std::int64_t>(object, name, "a list of integers");
}

std::vector<std::pair<std::string_view, std::string_view>> pairs_in(const JsonMembers& object,
                                                                    const char* name) {
  constexpr const char* kExpected = "a list of pairs of strings";
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  for (const auto& pair : list_in<dom::array>(object, name, kExpected)) {
    std::pair<std::string_view, std::string_view> texts;
    if (pair.size() != 2 || pair.at(0).get(texts.first) != simdjson::SUCCESS ||
        pair.at(1).get(texts.second) != simdjson::SUCCESS) {
      throw wrong_type(name, kExpected);
    }
    pairs.push_back(texts);
  }
  return pairs;
}

std::string json_in(const JsonMembers& object, const char* name) {
  dom::element member;
  return object[name].get(member) == simdjson::SUCCESS ? simdjson::minify(member) : std::string();
}

}  // namespace pintle::program
