// SPDX-License-Identifier: Apache-2.0
//
// Writes one JSON object on one line. All memory that it used is wiped: a member may be a secret.
//
// Threads: a value; use it from one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pintle::program {

class JsonLine {
 public:
  JsonLine() { append("{"); }
  JsonLine(const JsonLine&) = delete;
  JsonLine& operator=(const JsonLine&) = delete;
  ~JsonLine();

  /// Each adds a member and returns the line. `text` is UTF-8; of other bytes those that are not
  /// become U+FFFD.
  JsonLine& text(std::string_view name, std::string_view text);
  /// As `name` if `bytes` are UTF-8, else in base64 as `name` and "_base64".
  JsonLine& bytes(std::string_view name, std::string_view bytes);
  /// Always in base64, as `name` alone.
  JsonLine& base64(std::string_view name, std::string_view bytes);
  JsonLine& number(std::string_view name, std::int64_t value);
  JsonLine& boolean(std::string_view name, bool value);
  JsonLine& null(std::string_view name);
  /// `json` is JSON on one line.
  JsonLine& raw(std::string_view name, std::string_view json);

  /// Adds `members` as they are: JSON members on one line, at least one.
  JsonLine& members(std::string_view members);

  JsonLine& begin_object(std::string_view name);
  JsonLine& end_object();
  /// Until `end_array` members are elements, and their name is not written.
  JsonLine& begin_array(std::string_view name);
  JsonLine& end_array();

  /// Returns the object without a line feed; call it once, after the last member.
  std::string_view finish();
  /// Returns the members so far, without the braces.
  std::string_view written_members() const noexcept { return std::string_view(line_).substr(1); }

 private:
  void begin_member(std::string_view name);
  void append(std::string_view text);
  void append_string(std::string_view text);

  std::string line_;
  std::string kinds_ = "o";  // Of the open objects and arrays: 'o', 'a'.
  bool needs_comma_ = false;
};

}  // namespace pintle::program
