// The forward proxy of a connection: where it is, what goes around it, and the tunnel through it.
//
// Threads: a value; `open_tunnel` from any thread.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/secret.h>

#include "net/stream.h"
#include "net/watchdog.h"

namespace pintle::net {

struct ProxySettings {
  std::string host;
  std::uint16_t port = 0;
  /// The value of Proxy-Authorization ("Basic …"); empty for none.
  Secret authorization{};
  /// Hosts that are reached directly, as NO_PROXY lists them: "example.com" (and all below it),
  /// ".example.com", "host:8080", "10.0.0.0/8", "[::1]", "*".
  std::vector<std::string> bypass{};

  /// Reads "http://host:port" and a comma-separated bypass list. Throws Error(config): also for a
  /// password in the URL, which belongs into `authorization`.
  static ProxySettings parse(std::string_view url, std::string_view no_proxy = {});

  /// True where `gateway_host` (without brackets) is to be reached directly. Loopback always is: a
  /// proxy would reach its own machine.
  bool bypasses(std::string_view gateway_host, std::uint16_t gateway_port) const;
};

/// Asks the proxy at the other end of `stream` for a tunnel to `authority` ("host:port") and gives
/// the stream back, now the tunnel. Throws Error(proxy), with the proxy's status where it refused.
Stream open_tunnel(Stream stream, const ProxySettings& proxy, const std::string& authority,
                   Watch& watch, TimePoint deadline);

}  // namespace pintle::net
