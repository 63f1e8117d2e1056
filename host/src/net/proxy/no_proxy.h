// SPDX-License-Identifier: Apache-2.0
//
// The hosts that are reached without a proxy, as NO_PROXY lists them.
//
// Threads: pure functions.

#pragma once

#include <cstdint>
#include <string_view>

namespace pintle::net {

/// True if the list `no_proxy` names `host` (a name or an address without brackets). As curl reads
/// it: entries are separated by commas or blanks; "example.com" and ".example.com" are that name
/// and all below it; an address may have the size of its network ("10.0.0.0/8", "fd00::/8"); "*" is
/// every host. Beyond curl, "*.example.com" is understood, and "host:8080" names one port.
bool is_in_no_proxy(std::string_view no_proxy, std::string_view host, std::uint16_t port);

}  // namespace pintle::net
