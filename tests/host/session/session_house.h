// SPDX-License-Identifier: Apache-2.0
//
// A gateway, a clock that both sides use, a folder of sessions, and connections with the real OAuth
// scheme.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <pintle/host.h>

#include "practice/server/gateway.h"
#include "support/temporary_folder.h"

extern "C" PINTLE_EXPORT const pintle_plugin_table pintle_oauth;

namespace pintle::test {

inline const std::int64_t kStart = std::chrono::duration_cast<std::chrono::milliseconds>(
                                       std::chrono::system_clock::now().time_since_epoch())
                                       .count();
inline constexpr std::int64_t kAccessLife = 60'000;

struct SessionHouse {
  std::atomic<std::int64_t> now{kStart};
  TemporaryFolder folder;
  std::shared_ptr<SessionStore> store = std::make_shared<FileSessionStore>(folder / "sessions");
  std::shared_ptr<ProbeCache> probe_cache;  // None, unless a test has one.
  practice::Gateway gateway;

  static practice::Options usual(practice::Gate gate = practice::Gate::cookie) {
    practice::Options options;
    options.gate = gate;
    options.lifetimes.access_ms = kAccessLife;
    options.password_tries = 100'000;
    options.offers_cookies =
        gate == practice::Gate::cookie;  // So that a password returns a bearer.
    return options;
  }
  explicit SessionHouse(practice::Options options = usual())
      : gateway(with_clock(std::move(options))) {
    write_text(folder / "username", practice::kUser);
    write_text(folder / "password", practice::kPassword);
  }

  /// Signs in by itself if `password` is true, and otherwise uses what is stored.
  Connection connect(bool password = false) {
    HostOptions options;
    options.built_in = {&pintle_oauth};
    options.sessions = store;
    options.probe_cache = probe_cache;
    options.now_ms = [this] { return now.load(); };
    ConnectionSettings settings{.url = GatewayUrl::parse(gateway.url())};
    settings.name = "home";
    if (password) {
      for (const char* key : {"username", "password"}) {
        settings.inputs.emplace(
            key, SecretSource::of(SecretSource::Kind::file, (folder / key).string()));
      }
    }
    settings.scheme_settings = {{"method", "password"}, {"provider", "basic"}};
    return Host(std::move(options)).open(std::move(settings));
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
};

inline int get_sessions(Connection& connection) {
  return connection.call({.target = "/api/sessions"}).status;
}

}  // namespace pintle::test
