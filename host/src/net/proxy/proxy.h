// SPDX-License-Identifier: Apache-2.0
//
// A forward proxy: its address, its credentials, and the tunnel through it.
//
// Threads: a value; `open_tunnel` from any thread.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>

#include "net/stream.h"
#include "net/watchdog.h"

namespace pintle::net {

struct ProxyCredentials {
  Secret user;
  Secret password;

  /// Parses "user:password". Throws Error(config) if there is no colon.
  static ProxyCredentials parse(std::string_view text);
};

struct ProxySettings {
  enum class Kind : std::uint8_t {
    http,   ///< CONNECT (RFC 9110 9.3.6).
    socks5  ///< RFC 1928; the proxy resolves names.
  };

  Kind kind = Kind::http;
  std::string host;  ///< A name or an address, IPv6 without brackets.
  std::uint16_t port = 0;
  std::shared_ptr<const ProxyCredentials> credentials{};  ///< Null: none.
  /// The environment variable that it is from; empty if it is from the settings.
  std::string variable{};

  /// Parses "http://host:port", "socks5://host:port", "socks5h://host:port" or "host:port". As in
  /// curl, the default scheme is http and the default port 1080. Throws Error(config), also if it
  /// contains a user name, which belongs in a file.
  static ProxySettings parse(std::string_view url);
  /// The same for the value of an environment variable, which may contain "user:password@".
  static ProxySettings parse_variable(const std::string& name, std::string_view value);

  /// Returns its name for errors: "the proxy 127.0.0.1:3128 (https_proxy)".
  std::string text() const;
};

/// Returns the Error(proxy) for a proxy that cannot be reached because of `cause`, so that the user
/// checks the proxy and not the gateway.
Error proxy_error(const Error& cause);

/// Asks the proxy at the other end of `stream` for a tunnel to `host` (a name or an address without
/// brackets) and returns the stream, now the tunnel. Throws Error(proxy), with the HTTP status or
/// the SOCKS reply if the proxy refused.
Stream open_tunnel(Stream stream, const ProxySettings& proxy, const std::string& host,
                   std::uint16_t port, Watch& watch, TimePoint deadline);

}  // namespace pintle::net
