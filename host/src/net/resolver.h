// SPDX-License-Identifier: Apache-2.0
//
// Resolves a host name to its addresses, within a time limit even if the resolver hangs.
//
// Threads: any.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include <Poco/Net/IPAddress.h>

#include "net/limits.h"
#include "net/watchdog.h"

namespace pintle::net {

/// Resolves `host`; blocks for as long as the resolver takes. Throws Error(dns).
using Lookup = std::function<std::vector<Poco::Net::IPAddress>(const std::string& host)>;

/// The system's resolver (getaddrinfo).
std::vector<Poco::Net::IPAddress> system_lookup(const std::string& host);

/// Returns the addresses of `host` in the order to try them, alternating IPv6 and IPv4 (RFC 8305
/// 4). Never empty. An address is returned as it is; "localhost" and names below it return
/// 127.0.0.1 and ::1 without a lookup (RFC 6761 6.3). Throws Error(dns).
///
/// `lookup` runs on its own thread, which owns all it needs: after the deadline or a cancel it is
/// left behind.
std::vector<Poco::Net::IPAddress> resolve(const std::string& host, TimePoint deadline,
                                          const CancelToken& cancel,
                                          const Lookup& lookup = system_lookup);

}  // namespace pintle::net
