// SPDX-License-Identifier: Apache-2.0
#include "wire/json_object.h"

#include <new>
#include <utility>

#include <simdjson.h>

#include <pintle/core/text/json.h>

namespace pintle::oauth {

namespace dom = simdjson::dom;

// simdjson copies every string: all of it is wiped.
struct JsonObject::Document {
  explicit Document(std::string_view from) {
    padded.reserve(from.size() + simdjson::SIMDJSON_PADDING);
    padded.assign(from);
  }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document() {
    wipe(padded);
    auto& strings = parser.doc.string_buf;
    if (strings) wipe(reinterpret_cast<char*>(strings.get()), 5 * parser.doc.capacity() / 3);
  }

  simdjson::error_code parse() {
    return parser.parse(padded.data(), padded.size(), false).get(root);
  }

  std::string_view text(const char* name) const {
    std::string_view value;
    return root[name].get(value) == simdjson::SUCCESS ? value : std::string_view();
  }

  // As it is in the text: simdjson's own writer leaves copies behind as it grows.
  std::string_view object_text(const char* name) const {
    dom::object member;
    if (root[name].get(member) != simdjson::SUCCESS) return {};
    simdjson::ondemand::parser reader;
    simdjson::ondemand::document document;
    simdjson::ondemand::object all;
    simdjson::ondemand::object found;
    std::string_view json;
    const simdjson::padded_string_view from(padded.data(), padded.size(), padded.capacity());
    if (reader.iterate(from).get(document) != simdjson::SUCCESS ||
        document.get_object().get(all) != simdjson::SUCCESS ||
        all.find_field_unordered(name).get(found) != simdjson::SUCCESS ||
        found.raw_json().get(json) != simdjson::SUCCESS) {
      return {};
    }
    return json;
  }

  std::string padded;
  dom::parser parser;
  dom::object root;
};

JsonObject::JsonObject(std::unique_ptr<Document> document) noexcept
    : document_(std::move(document)) {}
JsonObject::JsonObject(JsonObject&&) noexcept = default;
JsonObject& JsonObject::operator=(JsonObject&&) noexcept = default;
JsonObject::~JsonObject() = default;

std::optional<JsonObject> JsonObject::parse(std::string_view text) {
  if (text.empty() || text.size() > kMaxBytes) return std::nullopt;
  auto document = std::make_unique<Document>(text);
  auto error = document->parse();
  if (error == simdjson::NUMBER_ERROR) {
    auto fitting = with_double_numbers(text);
    document = std::make_unique<Document>(fitting);
    wipe(fitting);
    error = document->parse();
  }
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  if (error) return std::nullopt;
  return JsonObject(std::move(document));
}

Secret JsonObject::secret(const char* name) const { return Secret(document_->text(name)); }

std::string JsonObject::text(const char* name) const { return std::string(document_->text(name)); }

std::optional<std::int64_t> JsonObject::integer(const char* name) const {
  const auto member = document_->root[name];
  std::int64_t whole = 0;
  if (member.get(whole) == simdjson::SUCCESS) return whole;
  double number = 0;
  // 2^53: above it a double does not identify an integer.
  if (member.get(number) != simdjson::SUCCESS || number > 9e15 || number < -9e15) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(number);
}

Secret JsonObject::object(const char* name) const { return Secret(document_->object_text(name)); }

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out.append(json_string(name)).append(":");
  auto escaped = json_string(value);
  out.append(escaped);
  wipe(escaped);
}

}  // namespace pintle::oauth
