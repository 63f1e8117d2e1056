// SPDX-License-Identifier: Apache-2.0
//
// A TCP connection to the first of several addresses that takes it.
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

/// Connects to the addresses in their order until `deadline`, each but the last for `per_address`
/// at most. `peer` is "host:port" for errors; `watch` is attached meanwhile, for its cancel. The
/// socket comes back blocking, without Nagle's delay, and closed in child processes. Throws
/// Error(tcp) that says what each address answered.
Poco::Net::StreamSocket connect_tcp(const std::vector<Poco::Net::IPAddress>& addresses,
                                    std::uint16_t port, const std::string& peer, Watch& watch,
                                    TimePoint deadline, std::chrono::milliseconds per_address);

}  // namespace pintle::net
