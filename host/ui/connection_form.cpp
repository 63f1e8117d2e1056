// SPDX-License-Identifier: Apache-2.0
#include "ui/connection_form.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include <pintle/core/base/error.h>

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

void check_ca_file(const std::string& file) {
  if (file.empty()) return;
  // Relative to which folder, a page cannot know.
  const bool is_absolute = std::filesystem::path(file).is_absolute();
  std::error_code error;
  if (is_absolute && std::filesystem::is_regular_file(file, error)) return;
  throw Error(Layer::config,
              "cannot use the certificates: " +
                  std::string(is_absolute ? "there is no such file" : "the path is not absolute"))
      .with_user_action()
      .with_hint("Write the path of a PEM file, from the root: /etc/ssl/gateway.pem.");
}

// A credential and a scheme belong to one URL.
void move_to(ConnectionSettings& settings, GatewayUrl url) {
  if (settings.url == url) return;
  // The headers of an access proxy are credentials too.
  if (settings.url.origin() != url.origin()) {
    settings.headers_file.clear();
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

}  // namespace

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
  move_to(settings, std::move(url));
  settings.ca_file = string_member(form, "ca_file");
  check_field("ca_file", [&] { check_ca_file(settings.ca_file); });
  const auto proxy = string_member(form, "proxy");
  // It is the password of that proxy alone.
  if (settings.proxy != proxy) settings.proxy_auth_file.clear();
  settings.proxy = proxy;
  if (!settings.proxy.empty()) {
    check_field("proxy", [&] { check_proxy(settings.proxy); });
    settings.no_proxy = false;
  }
  settings.allow_plain_http = bool_member(form, "allow_plain_http");
  return settings;
}

}  // namespace pintle::ui
