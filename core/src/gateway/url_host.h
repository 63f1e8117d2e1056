// SPDX-License-Identifier: Apache-2.0
//
// The host of a URL: a name, an IPv4 or an IPv6 address. Internal to core.

#pragma once

#include <string>
#include <string_view>

namespace pintle {

/// Returns the host in normal form: lower case, IPv6 in its shortest spelling and without brackets,
/// the zone of a link-local address after a "%" ("fe80::1%eth0"). `text` is the host as in a URL:
/// ASCII, IPv6 in brackets, its zone after "%25" (RFC 6874 2). Throws UrlFault.
std::string checked_host(std::string_view text);

/// Returns true if `text` is an IPv6 address without brackets and zone.
bool is_ipv6(std::string_view text);

/// Returns true for an address or name of this machine, a private network, a link or a carrier's
/// NAT (RFC 1918, 4193, 3927, 6598, 6762, 8375), and for a name of one label. `host` is in normal
/// form.
bool is_private_host(std::string_view host);

}  // namespace pintle
