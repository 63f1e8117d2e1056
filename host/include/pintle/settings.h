// SPDX-License-Identifier: Apache-2.0
//
// The settings of one connection: everything that an app or a user decides, and no secret.
//
// Threads: a value.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/secret_source.h>

namespace pintle {

struct ConnectionSettings {
  GatewayUrl url;

  /// What the user calls it; empty for one that is not kept. See `is_connection_name`.
  std::string name{};
  /// The scheme to use; empty: the best that fits what the probe says.
  std::string scheme{};
  /// Where the inputs that a scheme asks for come from: "token" to a file.
  std::map<std::string, SecretSource> inputs{};
  /// The scheme's own settings; never secret.
  std::map<std::string, std::string> scheme_settings{};

  /// A file of header lines ("Name: value") for an access proxy; they go on every leg
  /// (architecture, rule 1).
  std::string headers_file{};
  /// PEM certificates to trust in place of the system's store.
  std::string ca_file{};
  /// A forward proxy, "http://host:port" or "socks5://host:port"; empty: what the environment names
  /// (HostOptions::proxy_environment). Loopback is never reached through one. See `check_proxy`.
  std::string proxy{};
  /// True: no proxy, whatever `proxy` and the environment say.
  bool no_proxy = false;
  /// A file with "user:password" for the proxy.
  std::string proxy_auth_file{};
  /// Other origins that the scheme may send requests to: "https://login.example".
  std::vector<std::string> allowed_origins{};
  /// Lets a secret travel over plain http to another machine.
  bool allow_plain_http = false;

  /// Where the session is kept: "file" (and empty), or "secret-service" for the desktop's keyring.
  std::string session_store{};
  /// The session is the one that is kept for the URL alone, whoever uses it: one that rotates must
  /// never be held twice.
  bool shares_url_session = false;

  /// How long a request may take, and a connection to be made. Milliseconds.
  std::int64_t request_ms = 60'000;
  std::int64_t connect_ms = 10'000;

  /// The scheme of the last successful connection and its strength: nothing weaker is taken
  /// quietly.
  std::string last_scheme{};
  int last_strength = 0;

  friend bool operator==(const ConnectionSettings&, const ConnectionSettings&) = default;
};

/// Throws Error(config) if `proxy` is not one that `ConnectionSettings::proxy` can be.
void check_proxy(std::string_view proxy);

/// Letters, digits, ".", "_" and "-"; 64 at most; begins with a letter or digit.
bool is_connection_name(std::string_view text) noexcept;

}  // namespace pintle
