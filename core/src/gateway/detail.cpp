// SPDX-License-Identifier: Apache-2.0
#include "gateway/detail.h"

#include <simdjson.h>

#include <pintle/core/text/printable.h>

#include "text/json_value.h"

namespace pintle {

Detail Detail::of(std::string_view body) {
  constexpr std::size_t kMaxBytes = 16 * 1024;
  Detail out;
  if (body.size() > kMaxBytes) return out;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::object object;
  if (parse_json(parser, body, root) != simdjson::SUCCESS) return out;
  if (root.get(object) != simdjson::SUCCESS) return out;
  out.is_object = true;
  const auto text = [&](const char* name) {
    std::string_view value;
    return object[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
  };
  out.error = text("error");
  out.reason = text("reason");
  out.detail = text("detail");
  return out;
}

std::string Detail::suffix() const {
  return detail.empty() ? "" : ": \"" + printable(detail) + "\"";
}

}  // namespace pintle
