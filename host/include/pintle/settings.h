// SPDX-License-Identifier: Apache-2.0
//
// The settings of one connection: everything that the app or the user decides, without secrets.
//
// Threads: a value.

/// @file
/// @snippet reference/host.cpp settings

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/secret_source.h>

namespace pintle {

/// A value of ConnectionSettings::front.
inline constexpr const char* kNoFront = "none";

struct ConnectionSettings {
  GatewayUrl url;

  /// The name of a saved connection; empty otherwise. See `is_connection_name`.
  std::string name{};
  /// The id of the scheme to use; empty: the best one for the gateway.
  std::string scheme{};
  /// The id of the gateway's profile (pintle/core/gateway/profile.h); empty: the probe tells it.
  std::string profile{};
  /// True: the gateway is not probed, and `scheme` must be named.
  bool no_probe = false;
  /// Where the inputs of a scheme are read from: "token" from a file.
  std::map<std::string, SecretSource> inputs{};
  /// Settings of the scheme; never secrets.
  std::map<std::string, std::string> scheme_settings{};
  /// The helper programs that the scheme may run: name to command line. A command is split into
  /// words as a shell does with quotes, and runs without a shell. See `check_helper`.
  std::map<std::string, std::string> helpers{};

  /// The id of the scheme for what stands in front of the gateway (docs/front.md); empty: found out
  /// by what answers in the gateway's place; `kNoFront`: nothing stands there.
  std::string front{};
  /// Its inputs and settings, as `inputs` and `scheme_settings` are those of the gateway's scheme.
  std::map<std::string, SecretSource> front_inputs{};
  std::map<std::string, std::string> front_settings{};

  /// A file of header lines ("Name: value") for an access proxy, sent with every request
  /// (architecture, rule 1). Read again if the access proxy refuses a request and it has changed.
  std::string headers_file{};
  /// PEM certificates to trust instead of the system's.
  std::string ca_file{};
  /// The certificate to show to the gateway if it asks for one, and to no other origin or proxy: a
  /// PEM file with its chain, a PKCS#12 file, or a "pkcs11:" URI (RFC 7512). Files are read at the
  /// first handshake, and again at the next one after they have changed.
  std::string client_certificate{};
  /// Its private key: a PEM file or a "pkcs11:" URI; empty: in `client_certificate`.
  std::string client_key{};
  /// The passphrase of the key or of the PKCS#12 file, or the PIN of the token.
  std::optional<SecretSource> client_passphrase{};
  /// A forward proxy, "http://host:port" or "socks5://host:port"; empty: that of the environment
  /// (HostOptions::proxy_environment). Loopback is never reached through a proxy. See
  /// `check_proxy`.
  std::string proxy{};
  /// True: no proxy, whatever `proxy` and the environment say.
  bool no_proxy = false;
  /// A file with "user:password" for the proxy.
  std::string proxy_auth_file{};
  /// Other origins that the scheme may send requests to: "https://login.example".
  std::vector<std::string> allowed_origins{};
  /// True: secrets may be sent over plain http to another machine.
  bool allow_plain_http = false;

  /// Where the session is stored: "file" (or empty), "secret-service" for the desktop's keyring, or
  /// the URL of a Redis that many machines share (docs/fleet.md).
  std::string session_store{};
  /// For a Redis: where its "password", the "sentinel-password" and the "key" that encrypts the
  /// sessions are read from.
  std::map<std::string, SecretSource> store_inputs{};
  /// For a Redis: "ca_file", "prefix", "lease_ms" and "plain"; never secrets.
  std::map<std::string, std::string> store_settings{};
  /// True: uses the session of the URL, which other connections use too. A rotating session must
  /// never be stored twice.
  bool shares_url_session = false;

  /// Time limits of a request and of connecting. Milliseconds.
  std::int64_t request_ms = 60'000;
  std::int64_t connect_ms = 10'000;

  /// The scheme of the last successful connection, and its strength: a weaker scheme is refused
  /// unless it is named.
  std::string last_scheme{};
  int last_strength = 0;

  friend bool operator==(const ConnectionSettings&, const ConnectionSettings&) = default;
};

/// Throws Error(config) if `proxy` is not valid for `ConnectionSettings::proxy`.
void check_proxy(std::string_view proxy);

/// Throws Error(config) if `settings.session_store` is no store of this Pintle, or its settings are
/// not valid. Reads and connects to nothing.
void check_session_store(const ConnectionSettings& settings);

/// True for a "pkcs11:" URI, which `client_certificate` and `client_key` may be in place of a file.
bool is_pkcs11_uri(std::string_view text) noexcept;

/// Throws Error(config) if `name` or `command` is not valid for `ConnectionSettings::helpers`: a
/// name of 1 to 64 letters, digits, ".", "_" and "-"; a command whose program is a name or an
/// absolute path.
void check_helper(std::string_view name, std::string_view command);

/// True for 1 to 64 letters, digits, ".", "_" and "-" that begin with a letter or digit.
bool is_connection_name(std::string_view text) noexcept;

}  // namespace pintle
