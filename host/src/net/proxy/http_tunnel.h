// SPDX-License-Identifier: Apache-2.0
//
// Opens a tunnel through an HTTP proxy with CONNECT (RFC 9110 9.3.6).
//
// Threads: any.

#pragma once

#include <string>

#include "net/proxy/proxy.h"
#include "net/stream.h"
#include "net/watchdog.h"

namespace pintle::net {

/// See open_tunnel. `authority` is "host:port"; `credentials` may be null.
Stream open_http_tunnel(Stream stream, const ProxyCredentials* credentials,
                        const std::string& authority, Watch& watch, TimePoint deadline);

}  // namespace pintle::net
