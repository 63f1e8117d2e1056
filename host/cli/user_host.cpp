// SPDX-License-Identifier: Apache-2.0
#include "user_host.h"

#include <utility>

#include <pintle/core/base/error.h>

#include "connection_options.h"
#include "output.h"
#include "program_log.h"
#include "program_settings.h"

namespace pintle::cli {

namespace {

HostOptions options_with_log() {
  auto options = HostOptions::standard();
  options.log = ProgramLog::instance().options();
  return options;
}

}  // namespace

UserHost::UserHost() : host_(options_with_log()), registry_(host_.options().paths.connections) {}

std::vector<ConnectionSettings> UserHost::saved_connections() const {
  return registry_.connections();
}

ConnectionSettings UserHost::saved_connection(const std::string& name) const {
  for (auto& connection : saved_connections()) {
    if (connection.name == name) return std::move(connection);
  }
  throw Error(Layer::config, "there is no connection " + name)
      .with_user_action()
      .with_hint("Add it (pintle add " + name + " URL), or use a URL: http://… or https://…");
}

ConnectionSettings UserHost::settings_for(const Invocation& invocation) const {
  const auto gateway = default_gateway(invocation, paths());
  const auto& target = gateway.target;
  if (target.empty()) {
    throw UsageError(
        "no gateway given: pass a NAME or URL, set PINTLE_GATEWAY, or run pintle use NAME");
  }
  auto settings = is_connection_name(target) ? saved_connection(target)
                                             : ConnectionSettings{.url = typed_gateway_url(target)};
  if (gateway.token) settings.inputs.insert_or_assign("token", *gateway.token);
  if (!gateway.ca_file.empty()) settings.ca_file = absolute_file(gateway.ca_file);
  return apply_options(invocation, std::move(settings));
}

Connection UserHost::open(const Invocation& invocation) const {
  return open(settings_for(invocation));
}

Connection UserHost::open(ConnectionSettings settings) const {
  return host_.open(std::move(settings));
}

void UserHost::remember_scheme(Connection& connection) const {
  const auto choice = connection.choose();
  try {
    registry_.remember_scheme(connection.settings(), choice.facts);
  } catch (const Error& error) {
    note(std::string("pintle: cannot save which scheme was used: ") + error.what());
  }
}

}  // namespace pintle::cli
