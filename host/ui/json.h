// SPDX-License-Identifier: Apache-2.0
//
// JSON for the page, made and read with Poco.
//
// Threads: values and pure functions.

#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <pintle/core/base/error.h>

namespace pintle::ui {

/// An error with what the page does about it besides showing it.
class PageError : public Error {
 public:
  /// `field`: the input that it is about: "url", "name", "ca_file", "proxy", or an input's key.
  static PageError of_field(const Error& error, std::string field) {
    PageError made(error);
    made.field_ = std::move(field);
    return made;
  }
  /// What the page shows is out of date: another tab or program was faster.
  static PageError out_of_date(const Error& error) {
    PageError made(error);
    made.is_out_of_date_ = true;
    return made;
  }

  const std::string& field() const noexcept { return field_; }
  bool is_out_of_date() const noexcept { return is_out_of_date_; }

 private:
  explicit PageError(const Error& error) : Error(error) {}

  std::string field_;
  bool is_out_of_date_ = false;
};

/// Is never assigned to: Poco 1.11 copies the order of the members as pointers into the source.
using JsonObject = Poco::JSON::Object;

/// Returns an empty object that keeps the order of its members.
JsonObject ordered_object();
/// Milliseconds with one digit behind the point, as the page shows them: a round trip on loopback
/// takes less than one.
double tenths(double milliseconds);

/// On one line.
std::string text_of(const JsonObject& object);

/// Throws Error(config) if `text` is not a JSON object.
JsonObject::Ptr read_object(const std::string& text);

/// Returns a member of a request. Throws Error(config) if it has another type; a missing one is
/// empty or false.
std::string string_member(const JsonObject& object, const std::string& key);
bool bool_member(const JsonObject& object, const std::string& key);

/// An error as `pintle --json` prints it, and for a PageError "field" or "out_of_date". Leaves out
/// a hint that names a command or an option: the page has none.
JsonObject error_json(const Error& error);

}  // namespace pintle::ui
