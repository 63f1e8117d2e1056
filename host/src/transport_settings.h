// From a connection's settings to how its bytes travel: the extra headers, the proxy, the CA file.
//
// Threads: a function without state. Reads the files that the settings name.

#pragma once

#include <pintle/settings.h>

#include "net/transport.h"

namespace pintle {

/// Throws Error(config) for a file that cannot be used, and for headers that would travel over
/// plain http to another machine.
net::TransportSettings transport_settings(const ConnectionSettings& settings);

}  // namespace pintle
