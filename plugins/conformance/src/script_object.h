// SPDX-License-Identifier: Apache-2.0
//
// Reads the members of a script's objects strictly: an unknown member or a wrong type is an error.
//
// Threads: values.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include <pintle/conformance/script.h>
#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle::conformance {

namespace dom = simdjson::dom;

inline Error broken(const std::string& why) { return Error(Layer::config, why); }

inline constexpr std::string_view kWhole = "it";

// An object of which every member is known.
class Object {
 public:
  Object(dom::element element, std::string where, const std::set<std::string_view>& known)
      : where_(std::move(where)) {
    if (element.get(object_) != simdjson::SUCCESS) throw broken(where_ + " is not an object");
    for (const auto field : object_) {
      if (known.contains(field.key)) continue;
      throw broken(where_ + " has the unknown member \"" + printable(field.key, 40) + "\"");
    }
  }
  std::optional<dom::element> find(std::string_view name) const {
    dom::element found;
    if (object_.at_key(name).get(found) != simdjson::SUCCESS) return std::nullopt;
    return found;
  }
  void read(std::string_view name, std::string& to) const {
    if (const auto found = find(name)) to = text_of(*found, name);
  }
  void read(std::string_view name, bool& to) const {
    const auto found = find(name);
    if (found && found->get(to) != simdjson::SUCCESS) {
      throw broken(what(name) + " is neither true nor false");
    }
  }
  template <class Integer>
  void read_number(std::string_view name, Integer& to, std::int64_t least,
                   std::int64_t most) const {
    const auto found = find(name);
    std::int64_t value = 0;
    if (!found) return;
    if (found->get(value) != simdjson::SUCCESS || value < least || value > most) {
      throw broken(what(name) + " is not a whole number from " + std::to_string(least) + " to " +
                   std::to_string(most));
    }
    to = static_cast<Integer>(value);
  }
  void read(std::string_view name, std::vector<std::string>& to) const {
    const auto found = find(name);
    if (!found) return;
    to.clear();
    for (const auto item : list_of(*found, name)) to.push_back(text_of(item, name));
  }
  // {"name": "value", "other": ["one", "two"]}
  void read(std::string_view name, Fields& to) const {
    const auto found = find(name);
    if (!found) return;
    dom::object members;
    if (found->get(members) != simdjson::SUCCESS) throw broken(what(name) + " is not an object");
    to.clear();
    for (const auto member : members) {
      dom::array values;
      if (member.value.get(values) != simdjson::SUCCESS) {
        to.emplace_back(member.key, text_of(member.value, name));
        continue;
      }
      for (const auto value : values) to.emplace_back(member.key, text_of(value, name));
    }
  }
  // A text, or any JSON value.
  void read_body(std::string_view name, std::string& to) const {
    const auto found = find(name);
    if (!found) return;
    std::string_view text;
    to = found->get(text) == simdjson::SUCCESS ? std::string(text) : simdjson::minify(*found);
  }
  dom::array list_of(dom::element element, std::string_view name) const {
    dom::array list;
    if (element.get(list) != simdjson::SUCCESS) throw broken(what(name) + " is not a list");
    return list;
  }
  std::string text_of(dom::element element, std::string_view name) const {
    std::string_view text;
    if (element.get(text) != simdjson::SUCCESS) throw broken(what(name) + " is not a text");
    return std::string(text);
  }
  const std::string& where() const noexcept { return where_; }
  /// "answer 2 of scenario 1"; of the whole script only "answer 2".
  std::string part(const char* what, std::size_t number) const {
    return std::string(what) + " " + std::to_string(number) +
           (where_ == kWhole ? "" : " of " + where_);
  }
  std::string what(std::string_view name) const {
    return "\"" + std::string(name) + "\" of " + where_;
  }

 private:
  std::string where_;
  dom::object object_;
};

}  // namespace pintle::conformance
