// SPDX-License-Identifier: Apache-2.0
//
// Opens a tunnel through a SOCKS5 proxy (RFC 1928), with a user name and password if it requires
// them (RFC 1929).
//
// Threads: any.

#pragma once

#include <cstdint>
#include <string>

#include "net/proxy/proxy.h"
#include "net/stream.h"
#include "net/watchdog.h"

namespace pintle::net {

/// See open_tunnel. Sends a name to the proxy unresolved. `credentials` may be null.
Stream open_socks5(Stream stream, const ProxyCredentials* credentials, const std::string& host,
                   std::uint16_t port, Watch& watch, TimePoint deadline);

}  // namespace pintle::net
