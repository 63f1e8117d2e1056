// The settings of one connection: everything that an app or a person decides, and no secret.
//
// Threads: a value.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/gateway_url.h>
#include <pintle/secret_source.h>

namespace pintle {

struct ConnectionSettings {
  GatewayUrl url;

  /// What the person calls it; empty for one that is not kept. See `is_connection_name`.
  std::string name{};
  /// The scheme to use; empty: the best that fits what the probe says.
  std::string scheme{};
  /// Where the inputs that a scheme asks for come from: "token" to a file.
  std::map<std::string, SecretSource> inputs{};
  /// The scheme's own settings; never secret.
  std::map<std::string, std::string> scheme_settings{};

  /// A file of header lines ("Name: value") for an access proxy; they go on every leg (architecture, rule 1).
  std::string headers_file{};
  /// PEM certificates to trust in place of the system's store.
  std::string ca_file{};
  /// "http://host:port" of a forward proxy; empty: none.
  std::string proxy{};
  /// A file with "user:password" for the proxy.
  std::string proxy_auth_file{};
  /// Other origins that the scheme may send requests to: "https://login.example".
  std::vector<std::string> allowed_origins{};
  /// Lets a secret travel over plain http to another machine.
  bool allow_plain_http = false;

  /// Where the session is kept: "file" (and empty), or "secret-service" for the desktop's keyring.
  std::string session_store{};

  /// How long a request may take, and a connection to be made. Milliseconds.
  std::int64_t request_ms = 60'000;
  std::int64_t connect_ms = 10'000;

  /// The scheme of the last successful connection and its strength: nothing weaker is taken
  /// quietly.
  std::string last_scheme{};
  int last_strength = 0;

  friend bool operator==(const ConnectionSettings&, const ConnectionSettings&) = default;
};

/// Letters, digits, ".", "_" and "-"; 64 at most; begins with a letter or digit.
bool is_connection_name(std::string_view text) noexcept;

}  // namespace pintle
