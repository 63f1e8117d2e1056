// SPDX-License-Identifier: Apache-2.0
#include "broker/token_gateway.h"

#include <pintle/core/text/json.h>
#include <pintle/core/text/percent.h>

namespace pintle::broker {
namespace {

// As the gateway's router reads it, and without the ways to write one path in several.
std::string plain_path(std::string_view path) {
  std::string plain;
  bool is_parameter = false;  // what follows a ";" in a segment
  for (const char c : decode_percent(path)) {
    is_parameter = c != '/' && (is_parameter || c == ';');
    if (is_parameter) continue;
    if (c != '/' || !plain.ends_with('/')) plain += c;
  }
  if (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
  return plain;
}

// Returns the end of the JSON value at `at` in a valid text.
std::size_t end_of_value(std::string_view json, std::size_t at) {
  int depth = 0;
  bool in_string = false;
  for (; at < json.size(); ++at) {
    const char c = json[at];
    if (in_string) {
      if (c == '\\') {
        ++at;
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if (depth == 0 && (c == ',' || c == '}' || c == ':')) return at;
    if (c == '}' || c == ']') --depth;
  }
  return at;
}

std::string_view replacement_of(std::string_view name) {
  if (name == "\"auth_required\"") return "false";
  if (name == "\"auth_providers\"" || name == "\"auth_flows\"") return "[]";
  return {};
}

}  // namespace

Answerer answerer_of(std::string_view path) {
  const auto plain = plain_path(path);
  const std::string_view text = plain;
  if (text == "/api/status" || text == "/api/health") return Answerer::public_facts;
  if (text == "/metrics") return Answerer::metrics;
  if (text == "/api/auth" || text.starts_with("/api/auth/")) return Answerer::unauthorized;
  if (text == "/login" || text == "/auth" || text.starts_with("/auth/")) return Answerer::nobody;
  return Answerer::gateway;
}

std::string without_gate(std::string_view json) {
  const auto compact = compact_json(json);
  if (!compact || !compact->starts_with('{')) return std::string(json);
  const std::string_view text = *compact;
  std::string out = "{";
  bool has_gate = false;
  for (std::size_t at = 1; at < text.size() && text[at] != '}';) {
    const auto colon = end_of_value(text, at);
    const auto end = end_of_value(text, colon + 1);
    const auto name = text.substr(at, colon - at);
    const auto replaced = replacement_of(name);
    has_gate = has_gate || name == "\"auth_required\"";
    if (out.size() > 1) out += ',';
    out.append(name).append(":");
    out += replaced.empty() ? text.substr(colon + 1, end - colon - 1) : replaced;
    at = end + 1;
    if (end < text.size() && text[end] == '}') break;
  }
  if (!has_gate) out += out.size() > 1 ? ",\"auth_required\":false" : "\"auth_required\":false";
  return out + "}";
}

}  // namespace pintle::broker
