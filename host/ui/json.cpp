// SPDX-License-Identifier: Apache-2.0
#include "ui/json.h"

#include <cmath>
#include <sstream>

#include <Poco/Exception.h>
#include <Poco/JSON/Parser.h>

namespace pintle::ui {
namespace {

constexpr std::size_t kMaxDepth = 8;

Error wrong_member(const std::string& key) {
  return Error(Layer::config, "the request's member \"" + key + "\" has a wrong type");
}

bool names_command_line(const std::string& hint) {
  return hint.find("--") != std::string::npos || hint.find("pintle ") != std::string::npos;
}

}  // namespace

double tenths(double milliseconds) { return std::round(milliseconds * 10) / 10; }

JsonObject ordered_object() { return JsonObject(Poco::JSON_PRESERVE_KEY_ORDER); }

std::string text_of(const JsonObject& object) {
  std::ostringstream out;
  object.stringify(out);
  return out.str();
}

JsonObject::Ptr read_object(const std::string& text) {
  try {
    Poco::JSON::Parser parser;
    parser.setDepth(kMaxDepth);
    return parser.parse(text).extract<JsonObject::Ptr>();
  } catch (const Poco::Exception&) {
    throw Error(Layer::config, "the request's body is not a JSON object");
  }
}

std::string string_member(const JsonObject& object, const std::string& key) {
  const auto value = object.get(key);
  if (value.isEmpty()) return {};
  if (!value.isString()) throw wrong_member(key);
  return value.extract<std::string>();
}

bool bool_member(const JsonObject& object, const std::string& key) {
  const auto value = object.get(key);
  if (value.isEmpty()) return false;
  if (!value.isBoolean()) throw wrong_member(key);
  return value.extract<bool>();
}

JsonObject error_json(const Error& error) {
  auto object = ordered_object();
  object.set("layer", std::string(name_of(error.layer())));
  object.set("message", error.message());
  if (error.http_status() != 0) object.set("status", error.http_status());
  object.set("retry", error.can_retry());
  if (error.retry_after_ms() != 0) {
    object.set("retry_after_ms", Poco::Int64(error.retry_after_ms()));
  }
  object.set("user_action", error.needs_user_action());
  object.set("sign_in", error.needs_sign_in());
  if (!error.hint().empty() && !names_command_line(error.hint())) object.set("hint", error.hint());
  if (const auto* of_page = dynamic_cast<const PageError*>(&error)) {
    if (!of_page->field().empty()) object.set("field", of_page->field());
    if (of_page->is_out_of_date()) object.set("out_of_date", true);
  }
  return object;
}

}  // namespace pintle::ui
