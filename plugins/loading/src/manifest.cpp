// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include <simdjson.h>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/profile.h>
#include <pintle/core/text/json.h>
#include <pintle/core/text/json_place.h>
#include <pintle/core/text/printable.h>
#include <pintle/loading/manifest.h>

#include "manifest_members.h"

namespace pintle::loading {
namespace {

constexpr int kFormat = 1;
constexpr std::size_t kMaxSchemes = 16;
constexpr std::size_t kMaxRules = 16;
constexpr std::size_t kMaxProfiles = 16;
constexpr std::size_t kMaxSettings = 32;

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

// A key is written on a command line: --set KEY=VALUE, --secret-file KEY=FILE.
bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= 64 && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

// Throws if the profiles or the settings of a scheme are invalid.
void check_declared(const SchemeFacts& scheme) {
  const auto in_scheme = [&](const std::string& why) {
    return broken("the scheme " + scheme.id + " " + why);
  };
  if (scheme.profiles.size() > kMaxProfiles) throw in_scheme("has more than 16 profiles");
  for (const auto& profile : scheme.profiles) {
    if (!is_id(profile)) {
      throw in_scheme("names \"" + printable(profile, 40) + "\", which is no profile's id");
    }
  }
  if (scheme.settings.size() > kMaxSettings) throw in_scheme("has more than 32 settings");
  std::set<std::string> keys;
  for (const auto& setting : scheme.settings) {
    if (!is_key(setting.key)) {
      throw in_scheme("has a setting \"" + printable(setting.key, 40) +
                      "\", which is not a valid key (letters, digits, \"-\", \"_\" and \".\")");
    }
    if (!keys.insert(setting.key).second) {
      throw in_scheme("has the setting " + setting.key + " twice");
    }
    if (setting.label.size() > 128 || setting.default_value.size() > 256) {
      throw in_scheme("describes the setting " + setting.key + " with too long a text");
    }
    if (setting.is_secret && !setting.default_value.empty()) {
      throw in_scheme("has a default for the secret " + setting.key);
    }
  }
}

// A program is a file in the manifest's folder, and not what is read there as something else.
void check_program(const std::string& program) {
  const bool fits = program.size() <= 128 && program.front() != '.' && program.front() != '-' &&
                    !program.ends_with(".so") && !program.ends_with(".json") &&
                    std::all_of(program.begin(), program.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '+';
                    });
  if (!fits) {
    throw broken("its \"program\" is not the name of a program in its folder: " +
                 printable(program, 60));
  }
}

void check(const Manifest& manifest) {
  if (!manifest.program.empty()) check_program(manifest.program);
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
    check_declared(scheme);
  }
}

// What a scheme has since 1.1, if its table is as large.
void add_declared(const pintle_scheme& scheme, SchemeFacts& facts) {
  facts.greets = (scheme.flags & PINTLE_SCHEME_GREETS) != 0;
  if (scheme.struct_size < offsetof(pintle_scheme, setting_count) + sizeof(std::size_t)) return;
  if (scheme.profile_count > kMaxProfiles) throw broken("a scheme has more than 16 profiles");
  for (std::size_t i = 0; i < scheme.profile_count; ++i) {
    facts.profiles.push_back(text(scheme.profiles[i]));
  }
  if (scheme.setting_count > kMaxSettings) throw broken("a scheme has more than 32 settings");
  for (std::size_t i = 0; i < scheme.setting_count; ++i) {
    const auto& setting = scheme.settings[i];
    facts.settings.push_back({text(setting.key), text(setting.label), text(setting.default_value),
                              (setting.flags & PINTLE_SETTING_SECRET) != 0});
  }
  if (scheme.struct_size < offsetof(pintle_scheme, front) + sizeof(pintle_view)) return;
  if (scheme.front.size != 0) facts.front = parse_front_rules(text(scheme.front));
}

void check_statuses(const pintle_scheme& scheme) {
  const auto statuses = observed_statuses(scheme);
  if (!statuses) return;
  constexpr std::size_t kMaxStatuses = 500;
  if (statuses->size() > kMaxStatuses || (statuses->data() == nullptr && !statuses->empty()) ||
      !std::ranges::all_of(*statuses, [](int status) { return status >= 100 && status <= 599; })) {
    throw broken("the scheme " + printable(text(scheme.id), 40) +
                 " inspects responses with a status that is none");
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
  add_declared(scheme, facts);
  check_statuses(scheme);
  return facts;
}

// Manifests of 1.0 have none of these.
void read_declared(const Members& members, const std::string& where, SchemeFacts& facts) {
  facts.greets = members.boolean("greets", false);
  if (members.find("profiles")) {
    for (const auto profile : members.list("profiles")) {
      std::string_view id;
      if (profile.get(id) != simdjson::SUCCESS) {
        throw members.wrong("profiles", " has an entry that is not a string");
      }
      facts.profiles.emplace_back(id);
    }
  }
  if (const auto front = members.find("front")) {
    facts.front = parse_front_rules(std::string(simdjson::minify(*front)));
  }
  if (!members.find("settings")) return;
  for (const auto element : members.list("settings")) {
    const Members setting(element,
                          "setting " + std::to_string(facts.settings.size() + 1) + " of " + where);
    auto key = setting.text("key");
    auto label = setting.text("label", key);
    facts.settings.push_back({std::move(key), std::move(label), setting.text("default", ""),
                              setting.boolean("secret", false)});
  }
}

// Two readers could take the one or the other.
void check_repeats(const simdjson::dom::element& element) {
  simdjson::dom::array list;
  if (element.get(list) == simdjson::SUCCESS) {
    for (const auto item : list) check_repeats(item);
    return;
  }
  simdjson::dom::object object;
  if (element.get(object) != simdjson::SUCCESS) return;
  std::set<std::string_view> keys;
  for (const auto field : object) {
    if (!keys.insert(field.key).second) {
      throw broken("it has \"" + printable(field.key, 40) + "\" twice in one object");
    }
    check_repeats(field.value);
  }
}

// The defaults are those of plugin::Facts.
SchemeFacts read_scheme(simdjson::dom::element element, std::size_t number) {
  const Members numbered(element, "scheme " + std::to_string(number));
  const auto id = numbered.text("id");
  const auto where = "the scheme \"" + printable(id, 40) + "\"";
  const Members members(element, where);
  SchemeFacts facts{id,
                    members.text("name", id),
                    members.integer<int>("strength", 50),
                    members.integer<int>("score", 50),
                    members.text("reason", ""),
                    members.boolean("sends_secret", true),
                    {}};
  if (members.find("rules")) {
    for (const auto item : members.list("rules")) {
      const Members rule(item, "rule " + std::to_string(facts.rules.size() + 1) + " of " + where);
      facts.rules.push_back({rule.text("field"), simdjson::minify(rule.need("value"))});
    }
  }
  read_declared(members, where, facts);
  return facts;
}

// Only what there is, so that a manifest of 1.0 stays as it was.
std::string declared_json(const SchemeFacts& scheme) {
  std::string out;
  if (scheme.greets) out += ",\n      \"greets\": true";
  if (scheme.front) out += ",\n      \"front\": " + to_json(*scheme.front);
  const char* separator = "";
  if (!scheme.profiles.empty()) {
    out += ",\n      \"profiles\": [";
    for (const auto& profile : scheme.profiles) {
      out += separator + json_string(profile);
      separator = ", ";
    }
    out += "]";
  }
  if (scheme.settings.empty()) return out;
  out += ",\n      \"settings\": [";
  separator = "\n";
  for (const auto& setting : scheme.settings) {
    out += separator;
    out += "        {\"key\": " + json_string(setting.key) +
           ", \"label\": " + json_string(setting.label) +
           ", \"default\": " + json_string(setting.default_value) +
           ", \"secret\": " + (setting.is_secret ? "true" : "false") + "}";
    separator = ",\n";
  }
  return out + "]";
}

}  // namespace

bool SchemeFacts::fits_profile(std::string_view profile) const noexcept {
  if (profiles.empty()) return profile == kHermesProfile;
  return std::find(profiles.begin(), profiles.end(), profile) != profiles.end();
}

const SettingFacts* SchemeFacts::find_setting(std::string_view key) const noexcept {
  const auto found = std::find_if(settings.begin(), settings.end(),
                                  [&](const SettingFacts& setting) { return setting.key == key; });
  return found == settings.end() ? nullptr : &*found;
}

std::optional<std::span<const std::int32_t>> observed_statuses(
    const pintle_scheme& scheme) noexcept {
  const auto size = offsetof(pintle_scheme, observed_status_count) + sizeof(std::size_t);
  if ((scheme.flags & PINTLE_SCHEME_LISTS_STATUSES) == 0 || scheme.struct_size < size) {
    return std::nullopt;
  }
  return std::span(scheme.observed_statuses, scheme.observed_status_count);
}

bool observes(const pintle_scheme& scheme, std::int32_t status) noexcept {
  const auto listed = observed_statuses(scheme);
  return !listed || std::find(listed->begin(), listed->end(), status) != listed->end();
}

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
                    ",\n  \"abi\": " + std::to_string(manifest.abi_major);
  if (!manifest.program.empty()) out += ",\n  \"program\": " + json_string(manifest.program);
  out += ",\n  \"schemes\": [";
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
    out += "]" + declared_json(scheme) + "\n    }";
    separator = ",\n";
  }
  return out + "\n  ]\n}\n";
}

Manifest parse_manifest(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (const auto place = json_fault_place(json)) {
    throw broken("it is not a manifest: not JSON: " + *place);
  }
  if (const auto fault = parser.parse(json.data(), json.size()).get(root)) {
    throw broken(std::string("it is not a manifest: ") + simdjson::error_message(fault));
  }
  check_repeats(root);
  const Members members(root, "");
  if (const auto format = members.integer<std::int64_t>("manifest"); format != kFormat) {
    throw broken("its format is " + std::to_string(format) + ", but this program reads 1");
  }
  Manifest manifest{
      members.text("name"), members.text("version"), members.integer<std::uint32_t>("abi"), {}};
  if (members.find("program")) {
    manifest.program = members.text("program");
    if (manifest.program.empty()) throw broken("its \"program\" is empty");
  }
  for (const auto scheme : members.list("schemes")) {
    manifest.schemes.push_back(read_scheme(scheme, manifest.schemes.size() + 1));
  }
  check(manifest);
  return manifest;
}

}  // namespace pintle::loading
