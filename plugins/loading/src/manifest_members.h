// SPDX-License-Identifier: Apache-2.0
//
// Reads the members of a manifest's JSON objects. What is wrong with one is named: "score" of the
// scheme "mine".
//
// Threads: values.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <simdjson.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle::loading {

class Members {
 public:
  /// `where` is for the texts of errors; empty: the manifest itself. Throws Error(plugin) if
  /// `element` is not an object.
  Members(simdjson::dom::element element, std::string where) : where_(std::move(where)) {
    if (element.get(object_) == simdjson::SUCCESS) return;
    throw Error(Layer::plugin, (where_.empty() ? "it" : where_) + " is not a JSON object");
  }

  std::optional<simdjson::dom::element> find(std::string_view key) const {
    simdjson::dom::element found;
    if (object_.at_key(key).get(found) != simdjson::SUCCESS) return std::nullopt;
    return found;
  }
  simdjson::dom::element need(std::string_view key) const {
    if (const auto found = find(key)) return *found;
    throw wrong(key, " is missing");
  }

  std::string text(std::string_view key) const { return as_text(need(key), key); }
  std::string text(std::string_view key, std::string otherwise) const {
    const auto found = find(key);
    return found ? as_text(*found, key) : std::move(otherwise);
  }
  bool boolean(std::string_view key, bool otherwise) const {
    const auto found = find(key);
    bool value = otherwise;
    if (found && found->get(value) != simdjson::SUCCESS) {
      throw wrong(key, " is neither true nor false");
    }
    return value;
  }
  // Checks the range before narrowing: 2^32 + 1 is not 1.
  template <class Int>
  Int integer(std::string_view key) const {
    return as_integer<Int>(need(key), key);
  }
  template <class Int>
  Int integer(std::string_view key, Int otherwise) const {
    const auto found = find(key);
    return found ? as_integer<Int>(*found, key) : otherwise;
  }
  simdjson::dom::array list(std::string_view key) const {
    simdjson::dom::array list;
    if (need(key).get(list) != simdjson::SUCCESS) throw wrong(key, " is not a list");
    return list;
  }

  /// The error about the member `key`.
  Error wrong(std::string_view key, const std::string& what) const {
    return Error(Layer::plugin,
                 "\"" + std::string(key) + "\"" + (where_.empty() ? "" : " of " + where_) + what);
  }

 private:
  std::string as_text(simdjson::dom::element element, std::string_view key) const {
    std::string_view value;
    if (element.get(value) != simdjson::SUCCESS) throw wrong(key, " is not a string");
    return std::string(value);
  }
  template <class Int>
  Int as_integer(simdjson::dom::element element, std::string_view key) const {
    std::int64_t value = 0;
    if (element.get(value) != simdjson::SUCCESS) throw wrong(key, " is not a whole number");
    if (!std::in_range<Int>(value)) throw wrong(key, " is out of range: " + std::to_string(value));
    return static_cast<Int>(value);
  }

  std::string where_;
  simdjson::dom::object object_;
};

}  // namespace pintle::loading
