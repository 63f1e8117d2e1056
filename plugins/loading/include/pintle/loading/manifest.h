// SPDX-License-Identifier: Apache-2.0
//
// The manifest: a JSON file beside a scheme library or a scheme program with its facts, so that
// listing and choosing load and start nothing. It is generated from what the library or the program
// says of itself; the loader compares the two.
//
// Threads: values and stateless functions.

/// @file
/// @snippet reference/loading.cpp manifest

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/loading/front_rules.h>
#include <pintle/plugin.h>

namespace pintle::loading {

/// A top-level field of the gateway's status and the JSON value that it must equal or contain.
struct Rule {
  std::string field;
  std::string value;

  friend bool operator==(const Rule&, const Rule&) = default;
};

/// What a connection may set for a scheme.
struct SettingFacts {
  std::string key;
  std::string label;
  std::string default_value;
  bool is_secret = false;  ///< An input, from a secret source.

  friend bool operator==(const SettingFacts&, const SettingFacts&) = default;
};

struct SchemeFacts {
  std::string id;
  std::string name;
  int strength = 0;
  int score = 0;
  std::string reason;
  bool sends_secret = true;
  std::vector<Rule> rules;
  bool greets = false;                   ///< It has a greeting on the WebSocket.
  std::vector<std::string> profiles{};   ///< Ids; empty: "hermes".
  std::vector<SettingFacts> settings{};  ///< Empty: not declared, anything may be set.
  std::optional<FrontRules> front{};     ///< Set for a front: it is no gateway's own scheme.

  bool fits_profile(std::string_view profile) const noexcept;
  const SettingFacts* find_setting(std::string_view key) const noexcept;

  friend bool operator==(const SchemeFacts&, const SchemeFacts&) = default;
};

struct Manifest {
  std::string name;
  std::string version;
  std::uint32_t abi_major = 0;
  std::vector<SchemeFacts> schemes;
  /// The name of a program in the manifest's folder (docs/scheme-protocol.md); empty: a library.
  std::string program{};

  friend bool operator==(const Manifest&, const Manifest&) = default;
};

/// Returns the manifest of a table whose magic, major and sizes were checked. Throws Error(plugin)
/// if a fact is invalid: an invalid id, a score out of range, no scheme, a missing function.
Manifest manifest_of(const pintle_plugin_table& table);

/// Returns the statuses of the responses that a scheme inspects; none set: all. Views its table,
/// which `manifest_of` has checked.
std::optional<std::span<const std::int32_t>> observed_statuses(
    const pintle_scheme& scheme) noexcept;
/// Returns true if a scheme inspects responses with this status.
bool observes(const pintle_scheme& scheme, std::int32_t status) noexcept;

std::string to_json(const Manifest& manifest);

/// Parses a manifest. Throws Error(plugin) with the reason if it is invalid.
Manifest parse_manifest(std::string_view json);

}  // namespace pintle::loading
