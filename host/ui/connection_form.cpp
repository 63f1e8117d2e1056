// SPDX-License-Identifier: Apache-2.0
#include "ui/connection_form.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/text/printable.h>

namespace pintle::ui {
namespace {

// Runs a check of one input of the form.
template <class Check>
void check_field(const char* field, const Check& check) {
  try {
    check();
  } catch (const Error& error) {
    throw PageError::of_field(error, field);
  }
}

void check_file(const std::string& file, const std::string& what, const char* hint) {
  if (file.empty()) return;
  // Relative to which folder, a page cannot know.
  const bool is_absolute = std::filesystem::path(file).is_absolute();
  std::error_code error;
  if (is_absolute && std::filesystem::is_regular_file(file, error)) return;
  throw Error(Layer::config,
              "cannot use the " + what + ": " +
                  (is_absolute ? "there is no such file" : "the path is not absolute"))
      .with_user_action()
      .with_hint(hint);
}

// `moved_from`: the certificate that was for another gateway; it is not taken along unnoticed.
void apply_certificate(const JsonObject& form, const std::string& moved_from,
                       ConnectionSettings& settings) {
  if (!form.has("client_certificate")) return;
  auto certificate = string_member(form, "client_certificate");
  auto key = string_member(form, "client_key");
  if (!moved_from.empty() && certificate == moved_from) return;
  if (certificate == settings.client_certificate && key == settings.client_key) return;
  settings.client_passphrase.reset();  // it is that key's alone
  settings.client_certificate = std::move(certificate);
  settings.client_key = std::move(key);
  const auto check = [](const char* field, const std::string& where, const std::string& what) {
    if (is_pkcs11_uri(where)) return;
    check_field(field, [&] {
      check_file(where, what,
                 "Write the path of a PEM or PKCS#12 file, from the root: /home/ada/client.pem.");
    });
  };
  check("client_certificate", settings.client_certificate, "client certificate");
  check("client_key", settings.client_key, "client key");
}

// A credential and a scheme belong to one URL.
void move_to(ConnectionSettings& settings, GatewayUrl url) {
  if (settings.url == url) return;
  // What is for an access proxy and a client certificate are credentials too.
  if (settings.url.origin() != url.origin()) {
    settings.front.clear();
    settings.front_inputs.clear();
    settings.front_settings.clear();
    settings.headers_file.clear();
    settings.client_certificate.clear();
    settings.client_key.clear();
    settings.client_passphrase.reset();
    settings.allowed_origins.clear();
  }
  settings.url = std::move(url);
  settings.inputs.clear();
  settings.helpers.clear();  // what they print is for that gateway alone
  settings.profile.clear();
  settings.no_probe = false;
  settings.last_scheme.clear();
  settings.last_strength = 0;
  settings.shares_url_session = false;
}

JsonObject::Ptr settings_in(const JsonObject& form) {
  if (!form.has("settings")) return new JsonObject;
  auto settings = form.getObject("settings");
  if (!settings) throw Error(Layer::config, "\"settings\" is not an object");
  return settings;
}

void apply_settings(const JsonObject& form, ConnectionSettings& settings) {
  const auto typed = settings_in(form);
  for (const auto& key : typed->getNames()) {
    auto value = string_member(*typed, key);
    if (value.empty()) {
      settings.scheme_settings.erase(key);
    } else {
      settings.scheme_settings.insert_or_assign(key, std::move(value));
    }
  }
}

}  // namespace

void check_no_secret(const JsonObject& form, const loading::Catalogue& catalogue) {
  for (const auto& key : settings_in(form)->getNames()) {
    for (const auto& entry : catalogue.entries()) {
      const auto* declared = entry.scheme.find_setting(key);
      if (declared == nullptr || !declared->is_secret) continue;
      throw PageError::of_field(Error(Layer::config, "\"" + printable(key, 40) +
                                                         "\" is a secret, which a setting is not"),
                                key);
    }
  }
}

GatewayUrl url_of_form(const JsonObject& form) {
  try {
    return GatewayUrl::parse(string_member(form, "url"));
  } catch (const Error& error) {
    throw PageError::of_field(error, "url");
  }
}

ConnectionSettings apply_form(const JsonObject& form, ConnectionSettings base, GatewayUrl url) {
  auto settings = std::move(base);
  settings.name = string_member(form, "name");
  const bool is_other = settings.url.origin() != url.origin();
  const auto moved_from = is_other ? settings.client_certificate : std::string();
  move_to(settings, std::move(url));
  settings.ca_file = string_member(form, "ca_file");
  check_field("ca_file", [&] {
    check_file(settings.ca_file, "certificates",
               "Write the path of a PEM file, from the root: /etc/ssl/gateway.pem.");
  });
  apply_certificate(form, moved_from, settings);
  const auto proxy = string_member(form, "proxy");
  // It is the password of that proxy alone.
  if (settings.proxy != proxy) settings.proxy_auth_file.clear();
  settings.proxy = proxy;
  if (!settings.proxy.empty()) {
    check_field("proxy", [&] { check_proxy(settings.proxy); });
    settings.no_proxy = false;
  }
  settings.allow_plain_http = bool_member(form, "allow_plain_http");
  apply_settings(form, settings);
  return settings;
}

}  // namespace pintle::ui
