// SPDX-License-Identifier: Apache-2.0
#include "ui/saved_connection_json.h"

namespace pintle::ui {
namespace {

JsonObject options_json(const ConnectionSettings& connection) {
  auto options = ordered_object();
  options.set("ca_file", connection.ca_file);
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

}  // namespace

JsonObject settings_json(const ConnectionSettings& connection, const SecretFiles& secrets) {
  auto object = ordered_object();
  object.set("name", connection.name);
  object.set("url", connection.url.text());
  object.set("display_url", connection.url.display_text());
  object.set("scheme", connection.scheme);
  object.set("last_scheme", connection.last_scheme);
  Poco::JSON::Array inputs;
  for (const auto& [key, source] : connection.inputs) {
    auto input = ordered_object();
    input.set("key", key);
    input.set("from", source.text());
    inputs.add(input);
    if (key == "token") object.set("token", token_json(source, secrets));
  }
  object.set("inputs", inputs);
  object.set("options", options_json(connection));
  return object;
}

}  // namespace pintle::ui
