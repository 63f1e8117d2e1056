// SPDX-License-Identifier: Apache-2.0
#include "c_api/connection_settings.h"

#include <filesystem>

#include <pintle/core/text/printable.h>
#include <pintle/registry.h>

#include "c_api/edge.h"

namespace pintle::c_api {
namespace {

ConnectionSettings stored_connection(const std::string& name, const HostOptions& host) {
  if (name.empty()) refuse("pintle_connection_options has neither a url nor a name");
  if (host.paths.connections.empty()) {
    refuse("this host stores no connections, so pintle_connection_options needs a url");
  }
  auto found = ConnectionRegistry(host.paths.connections).find(name);
  if (!found) {
    throw Error(Layer::config, "there is no connection " + printable(name))
        .with_user_action()
        .with_hint("Add it: pintle add " + printable(name) + " URL.");
  }
  return *std::move(found);
}

void set_path(std::string& to, pintle_view given, const char* name) {
  const auto path = text(given, name);
  if (!path.empty()) to = std::filesystem::absolute(path).lexically_normal().string();
}

void set_path_or_uri(std::string& to, pintle_view given, const char* name) {
  if (is_pkcs11_uri(text(given, name))) {
    to = text(given, name);
  } else {
    set_path(to, given, name);
  }
}

void set_text(std::string& to, pintle_view given, const char* name) {
  const auto value = text(given, name);
  if (!value.empty()) to = value;
}

void set_limit(std::int64_t& to, std::int64_t given, const char* name) {
  if (given < 0) refuse(std::string(name) + " is negative");
  if (given != 0) to = given;
}

}  // namespace

ConnectionSettings connection_settings(const pintle_connection_options& given,
                                       const HostOptions& host, SecretReleases& releases) {
  const auto url = text(given.url, "url");
  const std::string name(text(given.name, "name"));
  if (!name.empty() && !is_connection_name(name)) {
    refuse("invalid connection name \"" + printable(name) + "\"");
  }
  auto settings = url.empty() ? stored_connection(name, host)
                              : ConnectionSettings{.url = GatewayUrl::parse(url)};
  settings.name = name;
  set_text(settings.scheme, given.scheme, "scheme");
  for (const auto& input : list(given.inputs, given.input_count, "inputs")) {
    settings.inputs.insert_or_assign(std::string(text(input.key, "pintle_source.key")),
                                     source_of(input, releases));
  }
  for (const auto& one :
       list(given.scheme_settings, given.scheme_setting_count, "scheme_settings")) {
    settings.scheme_settings.insert_or_assign(std::string(text(one.name, "scheme_settings")),
                                              std::string(text(one.value, "scheme_settings")));
  }
  set_text(settings.front, given.front, "front");
  for (const auto& input : list(given.front_inputs, given.front_input_count, "front_inputs")) {
    settings.front_inputs.insert_or_assign(std::string(text(input.key, "pintle_source.key")),
                                           source_of(input, releases));
  }
  for (const auto& one : list(given.front_settings, given.front_setting_count, "front_settings")) {
    settings.front_settings.insert_or_assign(std::string(text(one.name, "front_settings")),
                                             std::string(text(one.value, "front_settings")));
  }
  for (const auto& one : list(given.helpers, given.helper_count, "helpers")) {
    const std::string helper(text(one.name, "helpers"));
    const std::string command(text(one.value, "helpers"));
    check_helper(helper, command);
    settings.helpers.insert_or_assign(helper, command);
  }
  set_path(settings.headers_file, given.headers_file, "headers_file");
  set_path(settings.ca_file, given.ca_file, "ca_file");
  set_path_or_uri(settings.client_certificate, given.client_certificate, "client_certificate");
  set_path_or_uri(settings.client_key, given.client_key, "client_key");
  if (given.client_passphrase != nullptr) {
    settings.client_passphrase = source_of(*given.client_passphrase, releases);
  }
  set_text(settings.proxy, given.proxy, "proxy");
  set_path(settings.proxy_auth_file, given.proxy_auth_file, "proxy_auth_file");
  for (const auto& origin :
       list(given.allowed_origins, given.allowed_origin_count, "allowed_origins")) {
    settings.allowed_origins.push_back(
        GatewayUrl::parse(text(origin, "allowed_origins")).origin().text());
  }
  set_text(settings.session_store, given.session_store, "session_store");
  for (const auto& input : list(given.store_inputs, given.store_input_count, "store_inputs")) {
    settings.store_inputs.insert_or_assign(std::string(text(input.key, "pintle_source.key")),
                                           source_of(input, releases));
  }
  for (const auto& one : list(given.store_settings, given.store_setting_count, "store_settings")) {
    settings.store_settings.insert_or_assign(std::string(text(one.name, "store_settings")),
                                             std::string(text(one.value, "store_settings")));
  }
  if ((given.flags & PINTLE_NO_PROXY) != 0) settings.no_proxy = true;
  if ((given.flags & PINTLE_ALLOW_PLAIN_HTTP) != 0) settings.allow_plain_http = true;
  set_limit(settings.request_ms, given.request_ms, "request_ms");
  set_limit(settings.connect_ms, given.connect_ms, "connect_ms");
  return settings;
}

}  // namespace pintle::c_api
