// SPDX-License-Identifier: Apache-2.0
//
// A practice gateway behind a wall, with the credentials of both in files.
//
// Threads: one.

#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <pintle/host.h>

#include "in_band_scheme.h"
#include "practice/server/gateway.h"
#include "practice_host.h"
#include "practice_options.h"
#include "temporary_folder.h"

extern "C" PINTLE_EXPORT const pintle_plugin_table pintle_front;

namespace pintle::test {

struct WalledGateway {
  TemporaryFolder folder;
  std::shared_ptr<SessionStore> store = std::make_shared<FileSessionStore>(folder / "sessions");
  practice::Gateway gateway;

  WalledGateway(practice::Wall wall, practice::Options options)
      : gateway(with_wall(wall, std::move(options))) {
    write_wall_credential();
  }

  practice::Wall wall() const { return gateway.options().wall; }

  /// Writes the wall's present credential to its files.
  void write_wall_credential() {
    auto& door = gateway.wall();
    write_text(folder / "wall-password", door.password() + "\n");
    write_text(folder / "wall-id", door.client_id() + "\n");
    write_text(folder / "wall-secret", door.client_secret() + "\n");
    write_text(folder / "wall-cookie", door.open_session() + "\n");
  }

  /// Of a connection that can sign in to both without the user.
  ConnectionSettings settings() const {
    auto made = inner_settings();
    switch (wall()) {
      case practice::Wall::none:
        break;
      case practice::Wall::basic:
        made.front_settings["username"] = practice::kWallUser;
        made.front_inputs = {{"password", secret_in(folder / "wall-password")}};
        break;
      case practice::Wall::service:
        made.front_inputs = {{"client_id", secret_in(folder / "wall-id")},
                             {"client_secret", secret_in(folder / "wall-secret")}};
        break;
      case practice::Wall::page:
        made.front_inputs = {{"cookie", secret_in(folder / "wall-cookie")}};
        break;
    }
    return made;
  }

  /// The same without the credential for the wall.
  ConnectionSettings inner_settings() const {
    const bool has_sessions = gateway.options().has_sessions();
    auto inputs = has_sessions ? password_inputs(folder) : token_input(folder);
    if (!has_sessions && gateway.options().gate != practice::Gate::none) {
      write_text(folder / "key", kToken);
      inputs = {{"key", secret_in(folder / "key")}};
    }
    auto made = settings_for(gateway, std::move(inputs));
    made.name = "home";
    if (has_sessions) made.scheme_settings = password_settings();
    return made;
  }

  HostOptions host_options(std::vector<const pintle_plugin_table*> more = {}) const {
    more.insert(more.end(), {&pintle_front, &pintle_token, &pintle_oauth, &kKeyPlugin, &kInBand});
    auto options = host_with(std::move(more));
    options.sessions = store;
    return options;
  }
  Connection open(ConnectionSettings made) const {
    return Host(host_options()).open(std::move(made));
  }
  Connection open() const { return open(settings()); }

  /// `scheme`: "oauth", or "front/browser".
  std::string stored(const std::string& scheme) const {
    const auto found = store->load({"home", GatewayUrl::parse(gateway.url()), scheme});
    return found.session ? std::string(found.session->reveal()) : std::string();
  }
  practice::Counters counters() { return gateway.request_log().counters(); }

 private:
  static practice::Options with_wall(practice::Wall wall, practice::Options options) {
    options.wall = wall;
    return options;
  }
};

}  // namespace pintle::test
