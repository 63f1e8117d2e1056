// SPDX-License-Identifier: Apache-2.0
#include "program_scheme/json_line.h"

#include <pintle/core/base/secret.h>
#include <pintle/core/text/base64.h>
#include <pintle/core/text/json.h>
#include <pintle/core/text/utf8.h>

#include "program_scheme/wiped_text.h"

namespace pintle::program {

JsonLine::~JsonLine() { wipe(line_); }

void JsonLine::append(std::string_view text) { append_wiping(line_, text); }

void JsonLine::append_string(std::string_view text) {
  auto escaped = json_string(text);
  append(escaped);
  wipe(escaped);
}

void JsonLine::begin_member(std::string_view name) {
  if (needs_comma_) append(",");
  needs_comma_ = true;
  if (kinds_.back() == 'a') return;
  append_string(name);
  append(":");
}

JsonLine& JsonLine::text(std::string_view name, std::string_view text) {
  begin_member(name);
  append_string(text);
  return *this;
}

JsonLine& JsonLine::bytes(std::string_view name, std::string_view bytes) {
  if (is_valid_utf8(bytes)) return text(name, bytes);
  return base64(std::string(name) + "_base64", bytes);
}

JsonLine& JsonLine::base64(std::string_view name, std::string_view bytes) {
  auto encoded = base64_of(bytes);
  text(name, encoded);
  wipe(encoded);
  return *this;
}

JsonLine& JsonLine::number(std::string_view name, std::int64_t value) {
  begin_member(name);
  append(std::to_string(value));
  return *this;
}

JsonLine& JsonLine::boolean(std::string_view name, bool value) {
  begin_member(name);
  append(value ? "true" : "false");
  return *this;
}

JsonLine& JsonLine::null(std::string_view name) {
  begin_member(name);
  append("null");
  return *this;
}

JsonLine& JsonLine::raw(std::string_view name, std::string_view json) {
  begin_member(name);
  append(json);
  return *this;
}

JsonLine& JsonLine::members(std::string_view members) {
  if (needs_comma_) append(",");
  needs_comma_ = true;
  append(members);
  return *this;
}

JsonLine& JsonLine::begin_object(std::string_view name) {
  begin_member(name);
  append("{");
  kinds_ += 'o';
  needs_comma_ = false;
  return *this;
}

JsonLine& JsonLine::end_object() {
  append("}");
  kinds_.pop_back();
  needs_comma_ = true;
  return *this;
}

JsonLine& JsonLine::begin_array(std::string_view name) {
  begin_member(name);
  append("[");
  kinds_ += 'a';
  needs_comma_ = false;
  return *this;
}

JsonLine& JsonLine::end_array() {
  append("]");
  kinds_.pop_back();
  needs_comma_ = true;
  return *this;
}

std::string_view JsonLine::finish() {
  append("}");
  return line_;
}

}  // namespace pintle::program
