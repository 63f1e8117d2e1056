// SPDX-License-Identifier: Apache-2.0
//
// "host:port" of a URL (RFC 3986 3.2). Header-only. Threads: pure functions.

#pragma once

#include <cstdint>
#include <string>

namespace pintle::net {

/// Returns "host:port". `host` is a name or an address without brackets; IPv6 gets them here.
inline std::string authority_of(const std::string& host, std::uint16_t port) {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace pintle::net
