// From a connection's settings to how its bytes travel: the extra headers, the proxy, the CA file.
//
// Threads: a function without state. Reads the files that the settings name.

#pragma once

#include <string>

#include <pintle/settings.h>

#include "net/transport.h"

namespace pintle {

/// Throws Error(config) for a file that cannot be used, and for headers that would travel over
/// plain http to another machine.
net::TransportSettings transport_settings(const ConnectionSettings& settings);

/// All that a gateway's answers depend on beside its URL: which proxy, and which files of headers
/// and authorities as they are now. No secret.
std::string way_to_gateway(const ConnectionSettings& settings, const net::TransportSettings& made);

}  // namespace pintle
