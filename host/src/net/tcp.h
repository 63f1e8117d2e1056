// SPDX-License-Identifier: Apache-2.0
//
// Connects over TCP to the first of several addresses that accepts.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <Poco/Net/IPAddress.h>
#include <Poco/Net/StreamSocket.h>

#include "net/limits.h"
#include "net/watchdog.h"

namespace pintle::net {

/// Tries the addresses in order until `deadline`, each but the last for at most `per_address`.
/// `peer` is "host:port" for errors; `watch` is attached during the call, for its cancel. Returns a
/// blocking socket without Nagle's delay, closed in child processes. Throws Error(tcp) with the
/// result of each address.
Poco::Net::StreamSocket connect_tcp(const std::vector<Poco::Net::IPAddress>& addresses,
                                    std::uint16_t port, const std::string& peer, Watch& watch,
                                    TimePoint deadline, std::chrono::milliseconds per_address);

}  // namespace pintle::net
