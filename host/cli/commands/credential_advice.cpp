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

// Empty if a user signs in.
std::string option_for_credential(const ConnectionSettings& settings,
                                  const loading::SchemeFacts& scheme) {
  const auto key = missing_secret(settings, scheme);
  if (key.empty() && !takes_only_token(scheme)) return {};
  return key.empty() || key == "token" ? "--token-file FILE"
                                       : "--secret-file " + printable(key, 30) + "=FILE";
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

std::string hint_for_missing(const SecretSource& file) {
  return "Put the secret into " + file.text() + ", or name another file.";
}

bool takes_only_token(const loading::SchemeFacts& scheme) { return scheme.id == kTokenScheme; }

std::string command_for_credential(const ConnectionSettings& settings,
                                   const loading::SchemeFacts& scheme) {
  const auto option = option_for_credential(settings, scheme);
  if (option.empty()) return "pintle sign-in " + name_or_url(settings);
  return "pintle add " +
         (settings.name.empty() ? std::string("NAME ") : "--replace " + settings.name + " ") +
         settings.url.text() + " " + option;
}

std::string lack_of_credential(Connection& connection, const SignInFacts& facts) {
  const auto& settings = connection.settings();
  if (missing_secret_file(settings)) {
    const auto why = facts.facts.find("why");
    return "requests get an error until there is a credential: " +
           (why == facts.facts.end() ? std::string("it cannot be read") : why->second);
  }
  const auto scheme = connection.choose(interrupted()).facts;
  const auto command = command_for_credential(settings, scheme);
  const auto option = option_for_credential(settings, scheme);
  if (option.empty()) return "requests get a 503 until somebody is signed in: " + command;
  return "requests get a 503, as there is no credential; start it again with " + option +
         (settings.name.empty() ? std::string() : ", or save one first: " + command);
}

std::string not_usable(const Error& why, const std::string& name) {
  // The table of the schemes that do not fit is below its first line.
  auto message = why.message().substr(0, why.message().find('\n'));
  if (message.ends_with(':')) message.pop_back();
  return "It cannot be used yet: " + message + ". To look again: pintle doctor " + name;
}

std::string next_step(Connection& connection, bool has_session) {
  const auto& settings = connection.settings();
  const auto& name = settings.name;
  const auto choice = connection.choose(interrupted());
  const auto profile = connection.profile(interrupted());
  if (const auto missing = missing_secret_file(settings)) {
    return "Once " + missing->text() + " exists: pintle connect " + name;
  }
  const bool needs_credential =
      choice.facts.sends_secret && settings.inputs.empty() && !has_session;
  if (!needs_credential) return connect_step(profile, name);
  // A store that cannot be read may have one.
  if (const auto trouble = connection.store_trouble()) throw *trouble;
  return (takes_only_token(choice.facts) ? "It has no session token yet: "
                                         : "It has no credential yet: ") +
         command_for_credential(settings, choice.facts);
}

}  // namespace pintle::cli
