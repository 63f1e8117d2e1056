// SPDX-License-Identifier: Apache-2.0
//
// The host: the available schemes, and connections made from settings.
//
//     pintle::Host host(pintle::HostOptions::standard());
//     auto connection = host.open({.url = pintle::GatewayUrl::parse("https://gateway.example")});
//     const auto response = connection.call({.target = "/api/sessions"});
//
// Threads: any, concurrently. A host may be destroyed before its connections.

/// @file
/// @snippet reference/host.cpp host

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/connection.h>
#include <pintle/loading/catalogue.h>
#include <pintle/loading/loader.h>
#include <pintle/loading/profiles.h>
#include <pintle/log.h>
#include <pintle/paths.h>
#include <pintle/probe_cache.h>
#include <pintle/session_store.h>
#include <pintle/settings.h>
#include <pintle/trace_context.h>

namespace pintle {

struct HostOptions {
  Paths paths;
  /// Schemes that are linked into the app (pintle/bundled.h).
  std::vector<const pintle_plugin_table*> built_in{};
  loading::LoadingRules loading{};
  /// Stores the sessions; null: sessions end with the process.
  std::shared_ptr<SessionStore> sessions{};
  /// Caches what gateways answered to probes; null: every connection probes first. Used for https
  /// and loopback only (docs/decisions/0013).
  std::shared_ptr<ProbeCache> probe_cache{};
  /// True: connections use the proxies of the environment (http_proxy, https_proxy, all_proxy,
  /// no_proxy), read as curl reads them each time a connection is opened.
  bool proxy_environment = false;
  /// Returns the Unix time in milliseconds; empty: the system clock.
  std::function<std::int64_t()> now_ms{};
  /// What happens can be seen by this hook; off by default.
  LogOptions log{};
  /// Whether a call or a dial without a `traceparent` gets one.
  TraceContext trace_context = TraceContext::none;

  /// Returns the options of the program `pintle`: this user's folders, the rules of `plugins.json`,
  /// sessions and probes in files, and the proxies of the environment. `package`: see Paths. Throws
  /// Error(config, store).
  static HostOptions standard(const std::filesystem::path& package = PINTLE_PACKAGE_PREFIX);
};

/// Returns the store that `settings` select: `options.sessions` for "file", the desktop's Secret
/// Service backed by it, or a Redis; null if `options.sessions` is. Throws Error(config) for
/// another name, for unusable settings, or if Pintle was built without that store.
std::shared_ptr<SessionStore> session_store_of(const HostOptions& options,
                                               const ConnectionSettings& settings);

/// Returns the key of the session of `settings` with `scheme`.
SessionKey session_key_of(const ConnectionSettings& settings, std::string scheme);

/// Reads `plugins.json`: {"allow": ["token"], "pins": {"token": "sha256:…"}, "cage": "always"}. A
/// missing file has no rules. Throws Error(config) if it cannot be parsed.
loading::LoadingRules read_loading_rules(const std::filesystem::path& file);

class Host {
 public:
  explicit Host(HostOptions options);

  /// Reads the manifests in the plugin folders. Loads no library.
  loading::Catalogue catalogue() const;
  /// Reads the gateway profiles in the plugin folders.
  loading::Profiles profiles() const;

  /// Returns a connection that sends nothing until it is used. Throws Error(config) for invalid
  /// settings, such as a CA file or headers file that cannot be read.
  Connection open(ConnectionSettings settings) const;

  /// Returns the id of the scheme whose session is stored for `settings`; empty: none. Reads only
  /// the store. Throws Error(store) if it cannot be read.
  std::string stored_scheme(const ConnectionSettings& settings) const;

  const HostOptions& options() const noexcept;

 private:
  friend struct HostAccess;  // doctor/diagnosis.cpp
  std::shared_ptr<struct HostImpl> impl_;
};

/// A connection that was removed.
struct RemovedConnection {
  ConnectionSettings settings;
  bool had_session = false;  ///< One of its own, which was deleted, unless it stays.
  /// It stays: it is that of the URL, or other machines use it too.
  bool leaves_session = false;
};

/// Removes the saved connection `name`, its own session, and what its gateway was. A session that
/// cannot be read is deleted all the same, and a connection that was opened by that name stores
/// none any more. Returns nullopt if there is no such connection. Throws Error(store).
std::optional<RemovedConnection> remove_connection(const Host& host, std::string_view name);

/// Replaces the saved connection `before`, as it was read, by `after`. If its name changes, its own
/// session moves along, or is deleted if the URL changes too; one that other machines use stays
/// where it is. A program that is running with the old name is signed out, and stores no session
/// any more. Returns a note for display, or nothing. Throws as ConnectionRegistry::replace does,
/// and Error(store) if the session cannot be moved: then nothing has changed.
std::string replace_connection(const Host& host, const ConnectionSettings& before,
                               const ConnectionSettings& after);

}  // namespace pintle
