// SPDX-License-Identifier: Apache-2.0
//
// Matches hosts against a NO_PROXY list.
//
// Threads: pure functions.

#pragma once

#include <cstdint>
#include <string_view>

namespace pintle::net {

/// Returns whether the list `no_proxy` contains `host` (a name or an address without brackets). As
/// in curl, entries are separated by commas or spaces; "example.com" and ".example.com" match that
/// name and all below it; an address may have a prefix length ("10.0.0.0/8", "fd00::/8"); "*"
/// matches every host. Unlike curl, also accepts "*.example.com", and "host:8080" for one port.
bool is_in_no_proxy(std::string_view no_proxy, std::string_view host, std::uint16_t port);

}  // namespace pintle::net
