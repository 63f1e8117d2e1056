// SPDX-License-Identifier: Apache-2.0
//
// An IP address that is written as one.
//
// Threads: pure functions.

#pragma once

#include <optional>
#include <string>

#include <Poco/Net/IPAddress.h>

namespace pintle::net {

/// Reads "10.1.2.3", "fd00::1" or "fe80::1%eth0". Poco's own tryParse also takes what inet_aton
/// takes, which is part of an address with anything behind it.
std::optional<Poco::Net::IPAddress> ip_address_of(const std::string& text);

}  // namespace pintle::net
