// SPDX-License-Identifier: Apache-2.0
//
// From a connection's settings to those of its transport: the files are read here.
//
// Threads: any.

#pragma once

#include <string>

#include <pintle/settings.h>

#include "net/transport.h"

namespace pintle {

/// Reads the headers file and the proxy's password. Throws Error(config) for one that is not
/// usable, and for headers that would travel over plain http. `reads_environment`: see
/// HostOptions::proxy_environment.
net::TransportSettings transport_settings(const ConnectionSettings& settings,
                                          bool reads_environment);

/// All that a gateway's answers depend on beside its URL: which proxy, and which files of headers
/// and authorities as they are now. No secret.
std::string route_to_gateway(const ConnectionSettings& settings,
                             const net::TransportSettings& made);

}  // namespace pintle
