// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <utility>

#include <simdjson.h>

#include <pintle/core/base/error.h>
#include <pintle/core/text/json.h>
#include <pintle/core/text/printable.h>
#include <pintle/loading/manifest.h>

namespace pintle::loading {
namespace {

constexpr int kFormat = 1;
constexpr std::size_t kMaxSchemes = 16;
constexpr std::size_t kMaxRules = 16;

Error broken(const std::string& why) { return Error(Layer::plugin, why); }

std::string text(pintle_view view) {
  return view.size == 0 ? std::string() : std::string(view.data, view.size);
}

bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= 32 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// Returns a JSON value in its minified form, so that two spellings of a value compare equal.
std::string minified(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  if (parser.parse(json.data(), json.size()).get(element) != simdjson::SUCCESS) {
    throw broken("a rule's value is not JSON: " + printable(json));
  }
  return simdjson::minify(element);
}

void check(const Manifest& manifest) {
  if (manifest.name.empty() || manifest.name.size() > 64) {
    throw broken("the plugin's name is missing or longer than 64 bytes");
  }
  if (manifest.version.empty() || manifest.version.size() > 64) {
    throw broken("the plugin's version is missing or longer than 64 bytes");
  }
  if (manifest.schemes.empty()) throw broken("the plugin has no scheme");
  if (manifest.schemes.size() > kMaxSchemes) throw broken("the plugin has more than 16 schemes");
  std::set<std::string> ids;
  for (const auto& scheme : manifest.schemes) {
    if (!is_id(scheme.id)) {
      throw broken("\"" + printable(scheme.id, 40) +
                   "\" is not a valid scheme id (at most 32 of a-z, 0-9 and \"-\")");
    }
    if (!ids.insert(scheme.id).second) {
      throw broken("the plugin has two schemes with the id " + scheme.id);
    }
    if (scheme.score < 1 || scheme.score > 100) {
      throw broken("the score of the scheme " + scheme.id + " is not from 1 to 100");
    }
    if (scheme.strength < 0 || scheme.strength > 100) {
      throw broken("the strength of the scheme " + scheme.id + " is not from 0 to 100");
    }
    if (scheme.rules.size() > kMaxRules) {
      throw broken("the scheme " + scheme.id + " has more than 16 rules");
    }
  }
}

SchemeFacts facts_of(const pintle_scheme& scheme) {
  if (scheme.struct_size < PINTLE_SCHEME_SIZE_1_0) {
    throw broken("a scheme's table is smaller than ABI 1 requires");
  }
  if (scheme.open == nullptr || scheme.close == nullptr || scheme.decorate == nullptr ||
      scheme.observe == nullptr || scheme.begin == nullptr || scheme.resume == nullptr ||
      scheme.end == nullptr || scheme.session == nullptr || scheme.describe == nullptr) {
    throw broken("the scheme " + printable(text(scheme.id), 40) + " lacks a function");
  }
  SchemeFacts facts{text(scheme.id),
                    text(scheme.name),
                    scheme.strength,
                    scheme.rules_score,
                    text(scheme.rules_reason),
                    (scheme.flags & PINTLE_SCHEME_SENDS_SECRET) != 0,
                    {}};
  if (scheme.rule_count > kMaxRules) throw broken("a scheme has more than 16 rules");
  for (std::size_t i = 0; i < scheme.rule_count; ++i) {
    facts.rules.push_back({text(scheme.rules[i].field), minified(text(scheme.rules[i].value))});
  }
  return facts;
}

// The accessors throw simdjson_error, which parse_manifest converts to Error(plugin).
std::string string_in(const simdjson::dom::object& object, const char* key) {
  return std::string(object[key].get_string().value());
}

// Checks the range before narrowing: 2^32 + 1 is not 1.
template <class Int>
Int integer_in(const simdjson::dom::object& object, const char* key) {
  const auto value = object[key].get_int64().value();
  if (!std::in_range<Int>(value)) {
    throw broken(std::string("its \"") + key + "\" is out of range: " + std::to_string(value));
  }
  return static_cast<Int>(value);
}

SchemeFacts read_scheme(const simdjson::dom::object& object) {
  SchemeFacts facts{string_in(object, "id"),
                    string_in(object, "name"),
                    integer_in<int>(object, "strength"),
                    integer_in<int>(object, "score"),
                    string_in(object, "reason"),
                    object["sends_secret"].get_bool().value(),
                    {}};
  for (const simdjson::dom::object rule : object["rules"].get_array()) {
    facts.rules.push_back({string_in(rule, "field"), simdjson::minify(rule["value"].value())});
  }
  return facts;
}

}  // namespace

Manifest manifest_of(const pintle_plugin_table& table) {
  if (table.scheme_count > kMaxSchemes) throw broken("the plugin has more than 16 schemes");
  Manifest manifest{text(table.name), text(table.version), table.abi_major, {}};
  for (std::size_t i = 0; i < table.scheme_count; ++i) {
    if (table.schemes[i] == nullptr) throw broken("the plugin's list of schemes has a null entry");
    manifest.schemes.push_back(facts_of(*table.schemes[i]));
  }
  check(manifest);
  return manifest;
}

std::string to_json(const Manifest& manifest) {
  std::string out = "{\n  \"manifest\": " + std::to_string(kFormat) +
                    ",\n  \"name\": " + json_string(manifest.name) +
                    ",\n  \"version\": " + json_string(manifest.version) +
                    ",\n  \"abi\": " + std::to_string(manifest.abi_major) + ",\n  \"schemes\": [";
  const char* separator = "\n";
  for (const auto& scheme : manifest.schemes) {
    out += separator;
    out += "    {\n      \"id\": " + json_string(scheme.id) +
           ",\n      \"name\": " + json_string(scheme.name) +
           ",\n      \"strength\": " + std::to_string(scheme.strength) +
           ",\n      \"score\": " + std::to_string(scheme.score) +
           ",\n      \"reason\": " + json_string(scheme.reason) +
           ",\n      \"sends_secret\": " + (scheme.sends_secret ? "true" : "false") +
           ",\n      \"rules\": [";
    const char* comma = "";
    for (const auto& rule : scheme.rules) {
      out += comma;
      out += "{\"field\": " + json_string(rule.field) + ", \"value\": " + rule.value + "}";
      comma = ", ";
    }
    out += "]\n    }";
    separator = ",\n";
  }
  return out + "\n  ]\n}\n";
}

Manifest parse_manifest(std::string_view json) {
  try {
    simdjson::dom::parser parser;
    const simdjson::dom::object object = parser.parse(json.data(), json.size()).get_object();
    if (const auto format = object["manifest"].get_int64().value(); format != kFormat) {
      throw broken("its format is " + std::to_string(format) + ", but this program reads 1");
    }
    Manifest manifest{string_in(object, "name"),
                      string_in(object, "version"),
                      integer_in<std::uint32_t>(object, "abi"),
                      {}};
    for (const simdjson::dom::object scheme : object["schemes"].get_array()) {
      manifest.schemes.push_back(read_scheme(scheme));
    }
    check(manifest);
    return manifest;
  } catch (const simdjson::simdjson_error& error) {
    throw broken(std::string("it is not a manifest: ") + error.what());
  }
}

}  // namespace pintle::loading
