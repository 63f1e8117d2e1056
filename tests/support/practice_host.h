// SPDX-License-Identifier: Apache-2.0
//
// Connections to a practice gateway: the host, the settings, and the user's credentials in files.
//
// Threads: any, unless a declaration says otherwise.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/host.h>

#include "practice/server/gateway.h"
#include "practice_options.h"
#include "temporary_folder.h"

extern "C" PINTLE_EXPORT const pintle_plugin_table pintle_oauth;
extern "C" PINTLE_EXPORT const pintle_plugin_table pintle_token;

namespace pintle::test {

/// Where the inputs of a scheme are read from, by their names.
using Inputs = std::map<std::string, SecretSource>;

inline SecretSource secret_in(const std::filesystem::path& file) {
  return SecretSource::of(SecretSource::Kind::file, file.string());
}

/// Writes `token` to the file "token" in `folder`.
inline Inputs token_input(const TemporaryFolder& folder, std::string_view token = kToken) {
  write_text(folder / "token", token);
  return {{"token", secret_in(folder / "token")}};
}

/// Writes the name and the password of the gateway's user to files in `folder`.
inline Inputs password_inputs(const TemporaryFolder& folder) {
  write_text(folder / "username", practice::kUser);
  write_text(folder / "password", practice::kPassword);
  return {{"username", secret_in(folder / "username")},
          {"password", secret_in(folder / "password")}};
}

/// The settings of the OAuth scheme for a sign-in with `password_inputs`.
inline std::map<std::string, std::string> password_settings() {
  return {{"method", "password"}, {"provider", "basic"}};
}

/// Asks the user for the name and the password.
inline const SignInOptions kPasswordMethod{.method = "password", .provider = "basic"};

/// Options of a host with these schemes, and with no plugin or session of this machine's user.
inline HostOptions host_with(std::vector<const pintle_plugin_table*> schemes) {
  HostOptions options;
  options.built_in = std::move(schemes);
  return options;
}

/// Settings of a connection to `gateway` that trusts its certificate.
inline ConnectionSettings settings_for(const practice::Gateway& gateway, Inputs inputs = {}) {
  ConnectionSettings settings{.url = GatewayUrl::parse(gateway.url())};
  settings.inputs = std::move(inputs);
  settings.ca_file = gateway.ca_file();
  return settings;
}

inline int get_sessions(Connection& connection) {
  return connection.call({.target = "/api/sessions"}).status;
}

/// The first time of `PracticeHost::now`. Unix time in milliseconds.
inline const std::int64_t kStart = std::chrono::duration_cast<std::chrono::milliseconds>(
                                       std::chrono::system_clock::now().time_since_epoch())
                                       .count();
/// How long an access token of `PracticeHost` lives. Milliseconds.
inline constexpr std::int64_t kAccessLife = 60'000;

/// A gateway that requires a sign-in, and a host that stores its sessions in a folder. Both use one
/// clock, which the test moves. Any thread may use `now`, `gateway` and a connection; the rest
/// belongs to one thread.
struct PracticeHost {
  std::atomic<std::int64_t> now{kStart};
  TemporaryFolder folder;
  std::shared_ptr<SessionStore> store = std::make_shared<FileSessionStore>(folder / "sessions");
  std::shared_ptr<ProbeCache> probe_cache;  ///< Null unless the test sets it.
  practice::Gateway gateway;

  /// A sign-in with a password returns cookies, or with Gate::native a bearer token.
  static practice::Options usual(practice::Gate gate = practice::Gate::cookie) {
    auto options = with_gate(gate);
    options.lifetimes.access_ms = kAccessLife;
    options.password_tries = 100'000;
    options.offers_cookies = gate == practice::Gate::cookie;
    return options;
  }
  explicit PracticeHost(practice::Options options = usual())
      : gateway(with_clock(std::move(options))) {}

  HostOptions host_options(std::vector<const pintle_plugin_table*> schemes = {&pintle_oauth}) {
    auto options = host_with(std::move(schemes));
    options.sessions = store;
    options.probe_cache = probe_cache;
    options.now_ms = [this] { return now.load(); };
    return options;
  }
  /// With `password` the connection can sign in without asking the user.
  ConnectionSettings settings(bool password = false) const {
    auto made = settings_for(gateway, password ? password_ : Inputs{});
    made.name = "home";
    made.scheme_settings = password_settings();
    return made;
  }
  /// Signs in by itself if `password` is true; otherwise uses the stored session.
  Connection connect(bool password = false) {
    return Host(host_options()).open(settings(password));
  }
  /// Creates a session and stores it.
  void sign_in() { connect(true).call({.target = "/api/sessions"}); }

  SessionKey key() const { return {"home", GatewayUrl::parse(gateway.url()), "oauth"}; }
  std::string stored() const {
    const auto found = store->load(key());
    return found.session ? std::string(found.session->reveal()) : std::string();
  }
  practice::Counters counters() { return gateway.request_log().counters(); }

 private:
  practice::Options with_clock(practice::Options options) {
    options.clock = [this] { return now.load(); };
    return options;
  }

  Inputs password_ = password_inputs(folder);
};

}  // namespace pintle::test
