// SPDX-License-Identifier: Apache-2.0
//
// Parses IP addresses strictly.
//
// Threads: pure functions.

#pragma once

#include <optional>
#include <string>

#include <Poco/Net/IPAddress.h>

namespace pintle::net {

/// Parses "10.1.2.3", "fd00::1" or "fe80::1%eth0"; returns nullopt for anything else. Poco's own
/// tryParse also accepts what inet_aton accepts: a partial address, followed by anything.
std::optional<Poco::Net::IPAddress> ip_address_of(const std::string& text);

}  // namespace pintle::net
