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

}  // namespace pintle
