// SPDX-License-Identifier: Apache-2.0
//
// From the name of a host to its addresses, within a time that a hung resolver cannot stretch.
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

/// Asks a resolver for `host`, blocking as long as that takes. Throws Error(dns).
using Lookup = std::function<std::vector<Poco::Net::IPAddress>(const std::string& host)>;

/// The system's resolver (getaddrinfo).
std::vector<Poco::Net::IPAddress> system_lookup(const std::string& host);

/// The addresses of `host` in the order to try them, IPv6 and IPv4 in turn (RFC 8305 4). Never
/// empty. An address stands for itself, and "localhost" and the names below it are 127.0.0.1 and
/// ::1 without asking anyone (RFC 6761 6.3). Throws Error(dns).
///
/// `lookup` runs on a thread of its own, which owns all it needs: past the deadline, or when
/// cancelled, it is left behind.
std::vector<Poco::Net::IPAddress> resolve(const std::string& host, TimePoint deadline,
                                          const CancelToken& cancel,
                                          const Lookup& lookup = system_lookup);

}  // namespace pintle::net
