// SPDX-License-Identifier: Apache-2.0
#include "doctor/settings_step.h"

#include <map>
#include <string>

#include <pintle/core/gateway/plain_http.h>
#include <pintle/core/text/printable.h>

namespace pintle::doctor {
namespace {

using Kind = DoctorStep::Fact::Kind;

void add(DoctorStep& step, const char* name, const std::string& value, Kind kind = Kind::plain) {
  if (!value.empty()) step.facts.push_back({name, value, kind});
}

// What it reads secrets from, by a name for the user.
std::map<std::string, SecretSource> secrets_of(const ConnectionSettings& settings) {
  auto secrets = settings.inputs;
  for (const auto& [key, source] : settings.front_inputs) secrets.emplace("front " + key, source);
  for (const auto& [key, source] : settings.store_inputs) secrets.emplace("store " + key, source);
  const auto& key = settings.client_key.empty() ? settings.client_certificate : settings.client_key;
  if (!key.empty() && !is_pkcs11_uri(key)) {
    secrets.emplace("client key", SecretSource::of(SecretSource::Kind::file, key));
  }
  if (settings.client_passphrase) {
    secrets.emplace("client passphrase", *settings.client_passphrase);
  }
  return secrets;
}

}  // namespace

void show_settings(const ConnectionContext& context, DoctorStep& step) {
  const auto& settings = context.settings;
  step.finding =
      settings.url.display_text() + (settings.name.empty() ? "" : ", connection " + settings.name);
  add(step, "scheme", settings.scheme);
  add(step, "last scheme", settings.last_scheme);
  for (const auto& [key, source] : settings.inputs) {
    step.facts.push_back({key, "from " + source.text(), Kind::path});
  }
  for (const auto& [name, command] : settings.helpers) {
    step.facts.push_back(
        {name, "from helper program \"" + printable(command, 300) + "\"", Kind::path});
  }
  add(step, "front", settings.front);
  for (const auto& [key, source] : settings.front_inputs) {
    step.facts.push_back({"front " + key, "from " + source.text(), Kind::path});
  }
  add(step, "headers file", settings.headers_file, Kind::path);
  add(step, "CA file", settings.ca_file, Kind::path);
  add(step, "client certificate", settings.client_certificate, Kind::path);
  add(step, "client key", settings.client_key, Kind::path);
  if (settings.client_passphrase) {
    step.facts.push_back(
        {"client passphrase", "from " + settings.client_passphrase->text(), Kind::path});
  }
  add(step, "proxy", settings.no_proxy ? "never" : settings.proxy, Kind::host);
  add(step, "store", settings.session_store);
  for (const auto& [key, source] : settings.store_inputs) {
    step.facts.push_back({"store " + key, "from " + source.text(), Kind::path});
  }
  const ConnectionSettings defaults{.url = settings.url};
  if (settings.request_ms != defaults.request_ms) {
    add(step, "request timeout", std::to_string(settings.request_ms) + " ms");
  }
  if (settings.connect_ms != defaults.connect_ms) {
    add(step, "connect timeout", std::to_string(settings.connect_ms) + " ms");
  }
  for (const auto& origin : settings.allowed_origins) {
    step.facts.push_back({"allowed origin", origin, Kind::host});
  }
  for (const auto& [key, source] : secrets_of(settings)) {
    if (!source.is_readable_by_all()) continue;
    return warn(step, Error(Layer::config, "every user of this machine can read the " + key +
                                               " in " + source.text())
                          .with_hint("Remove other users' read permission (chmod 600 " +
                                     source.where() + ")."));
  }
  if (is_exposed(settings.url) && settings.allow_plain_http) {
    warn(step, Error(Layer::config, "secrets are sent unencrypted to " + settings.url.authority())
                   .with_hint("Use https://, unless you trust the whole network in between."));
  }
}

}  // namespace pintle::doctor
