// SPDX-License-Identifier: Apache-2.0
#include "credential_advice.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/profile.h>
#include <pintle/core/text/printable.h>

#include "interrupt.h"

namespace pintle::cli {
namespace {

constexpr const char* kTokenScheme = "token";

// A secret that the scheme declares and that the settings do not have. A password is asked for at a
// sign-in.
std::string missing_secret(const ConnectionSettings& settings, const loading::SchemeFacts& scheme) {
  const auto found = std::ranges::find_if(scheme.settings, [&](const auto& setting) {
    return setting.is_secret && setting.key != "password" && !settings.inputs.contains(setting.key);
  });
  return found == scheme.settings.end() ? std::string() : found->key;
}

std::string name_or_url(const ConnectionSettings& settings) {
  return settings.name.empty() ? settings.url.text() : settings.name;
}

std::string connect_step(const GatewayProfile& profile, const std::string& name) {
  if (profile.has_websocket) return "Try: pintle connect " + name;
  if (profile.credential_check.empty()) return "Try: pintle doctor " + name;
  return "Try: pintle call " + name + " GET " + profile.credential_check;
}

}  // namespace

std::optional<SecretSource> missing_secret_file(const ConnectionSettings& settings) {
  for (const auto& [key, source] : settings.inputs) {
    std::error_code error;
    if (source.kind() == SecretSource::Kind::file &&
        !std::filesystem::exists(source.where(), error) && !error) {
      return source;
    }
  }
  return std::nullopt;
}

bool takes_only_token(const loading::SchemeFacts& scheme) { return scheme.id == kTokenScheme; }

std::string command_for_credential(const ConnectionSettings& settings,
                                   const loading::SchemeFacts& scheme) {
  const auto key = missing_secret(settings, scheme);
  if (key.empty() && !takes_only_token(scheme)) return "pintle sign-in " + name_or_url(settings);
  const bool is_token = key.empty() || key == "token";
  const auto option = is_token ? std::string("--token-file FILE")
                               : "--secret-file " + printable(key, 30) + "=FILE";
  return settings.name.empty()
             ? "pintle add NAME " + settings.url.text() + " " + option
             : "pintle add --replace " + settings.name + " " + settings.url.text() + " " + option;
}

std::string next_step(Connection& connection, bool has_session) {
  const auto& settings = connection.settings();
  const auto& name = settings.name;
  loading::Choice choice;
  GatewayProfile profile;
  try {
    choice = connection.choose(interrupted());
    profile = connection.profile(interrupted());
  } catch (const Error& error) {
    if (interrupted().stop_requested()) throw;
    return "It cannot be used yet: " + error.message() + ". To look again: pintle doctor " + name;
  }
  if (const auto missing = missing_secret_file(settings)) {
    return "Once " + missing->text() + " exists: pintle connect " + name;
  }
  const bool needs_credential =
      choice.facts.sends_secret && settings.inputs.empty() && !has_session;
  if (!needs_credential) return connect_step(profile, name);
  return (takes_only_token(choice.facts) ? "It has no session token yet: "
                                         : "It has no credential yet: ") +
         command_for_credential(settings, choice.facts);
}

}  // namespace pintle::cli
