// SPDX-License-Identifier: Apache-2.0
#include "ui/saved_connection_json.h"

#include <functional>

namespace pintle::ui {
namespace {

JsonObject options_json(const ConnectionSettings& connection) {
  auto options = ordered_object();
  options.set("ca_file", connection.ca_file);
  options.set("client_certificate", connection.client_certificate);
  options.set("client_key", connection.client_key);
  options.set("proxy", connection.proxy);
  options.set("allow_plain_http", connection.allow_plain_http);
  return options;
}

JsonObject token_json(const SecretSource& source, const SecretFiles& secrets) {
  const auto shown = preview_of(source);
  auto token = ordered_object();
  token.set("from", source.text());
  token.set("preview", shown);
  token.set("text", "the saved token" + (shown.empty() ? "" : " " + shown));
  token.set("kept_here", secrets.owns(source));
  return token;
}

void add_inputs(const ConnectionSettings& connection, const SecretFiles& secrets,
                JsonObject& object) {
  Poco::JSON::Array inputs;
  for (const auto& [key, source] : connection.inputs) {
    auto input = ordered_object();
    input.set("key", key);
    input.set("from", source.text());
    inputs.add(input);
    if (key == "token") object.set("token", token_json(source, secrets));
  }
  object.set("inputs", inputs);
}

// What a user decides. Not the scheme that was used last: a test changes that.
void add_settings(const ConnectionSettings& connection, const SecretFiles& secrets,
                  JsonObject& object) {
  object.set("name", connection.name);
  object.set("url", connection.url.text());
  object.set("display_url", connection.url.display_text());
  object.set("scheme", connection.scheme);
  add_inputs(connection, secrets, object);
  object.set("options", options_json(connection));
  auto settings = ordered_object();
  for (const auto& [key, value] : connection.scheme_settings) settings.set(key, value);
  object.set("settings", settings);
  auto front = ordered_object();
  for (const auto& [key, value] : connection.front_settings) front.set(key, value);
  for (const auto& [key, source] : connection.front_inputs) front.set(key, source.text());
  object.set("front", front);
}

}  // namespace

std::string version_of(const ConnectionSettings& connection, const SecretFiles& secrets) {
  auto object = ordered_object();
  add_settings(connection, secrets, object);
  auto text = text_of(object);
  for (const auto* inputs : {&connection.inputs, &connection.front_inputs}) {
    for (const auto& [key, source] : *inputs) {
      if (secrets.owns(source)) text += " " + secrets.version_of(source);
    }
  }
  return std::to_string(std::hash<std::string>()(text));
}

JsonObject settings_json(const ConnectionSettings& connection, const SecretFiles& secrets) {
  auto object = ordered_object();
  add_settings(connection, secrets, object);
  object.set("last_scheme", connection.last_scheme);
  object.set("version", version_of(connection, secrets));
  return object;
}

}  // namespace pintle::ui
