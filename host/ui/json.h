// SPDX-License-Identifier: Apache-2.0
//
// JSON for the page, made and read with Poco.
//
// Threads: values and pure functions.

#pragma once

#include <string>
#include <string_view>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>

#include <pintle/core/base/error.h>

namespace pintle::ui {

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

/// An error as `pintle --json` prints it. Leaves out a hint that names options of the command line:
/// the page has none.
JsonObject error_json(const Error& error);

}  // namespace pintle::ui
