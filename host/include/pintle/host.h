// SPDX-License-Identifier: Apache-2.0
//
// The host: the schemes that are there, and the way from settings to a connection.
//
//     pintle::Host host(pintle::HostOptions::standard());
//     auto connection = host.open({.url = pintle::GatewayUrl::parse("https://gateway.example")});
//     const auto response = connection.call({.target = "/api/sessions"});
//
// Threads: any, at the same time. A host outlives nothing: connections keep what they need of it.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <pintle/connection.h>
#include <pintle/loading/catalogue.h>
#include <pintle/loading/loader.h>
#include <pintle/paths.h>
#include <pintle/probe_cache.h>
#include <pintle/session_store.h>
#include <pintle/settings.h>

namespace pintle {

struct HostOptions {
  Paths paths;
  /// Schemes that are linked into the app (pintle/bundled.h).
  std::vector<const pintle_plugin_table*> built_in{};
  loading::LoadingRules loading{};
  /// Where sessions are kept; none: they end with the process.
  std::shared_ptr<SessionStore> sessions{};
  /// What gateways said of themselves not long ago; none: each connection asks first. Used for
  /// https and loopback alone (docs/decisions/0013).
  std::shared_ptr<ProbeCache> probe_cache{};
  /// True: connections use the proxies that the environment names (http_proxy, https_proxy,
  /// all_proxy, no_proxy), read as curl reads them whenever a connection is opened.
  bool proxy_environment = false;
  /// Unix time in milliseconds; empty: the system's.
  std::function<std::int64_t()> now_ms{};

  /// This machine's folders, the rules of `plugins.json` beside the connections, sessions and what
  /// gateways said in files, the environment's proxies. Throws Error(config, store).
  static HostOptions standard();
};

/// The store that `settings` name, over `options.sessions`: that one itself for "file", and one in
/// the desktop's Secret Service with that one behind it. Throws Error(config) for another name, and
/// where Pintle was built without the service.
std::shared_ptr<SessionStore> session_store_of(const HostOptions& options,
                                               const ConnectionSettings& settings);

/// The key of the session that `settings` use with `scheme`.
SessionKey session_key_of(const ConnectionSettings& settings, std::string scheme);

/// Reads `plugins.json`: {"allow": ["token"], "pins": {"token": "sha256:…"}}. A missing file has no
/// rules; one that cannot be understood is an Error(config), never a licence.
loading::LoadingRules read_loading_rules(const std::filesystem::path& file);

class Host {
 public:
  explicit Host(HostOptions options);

  /// Reads the manifests in the plugin folders; opens no library.
  loading::Catalogue catalogue() const;

  /// Makes a connection; nothing is sent before it is used. Throws Error(config) for settings that
  /// cannot be right: a CA file or headers file that is not usable.
  Connection open(ConnectionSettings settings) const;

  /// The id of the scheme whose session is kept for `settings`; empty: none is. Looks into the
  /// store alone. Throws Error(store) if it cannot be read.
  std::string stored_scheme(const ConnectionSettings& settings) const;

  const HostOptions& options() const noexcept;

 private:
  std::shared_ptr<struct HostImpl> impl_;
};

}  // namespace pintle
