// SPDX-License-Identifier: Apache-2.0
//
// Converts the C options of a connection to its settings.
//
// Threads: any.

#pragma once

#include <pintle/host.h>
#include <pintle/pintle.h>

#include "c_api/secret.h"

namespace pintle::c_api {

/// Returns the settings. If the options have no URL, reads the stored connection of that name.
/// Adds the app's callbacks to `releases`. Throws Error(config) if the options are invalid,
/// Error(store) if the connections cannot be read.
ConnectionSettings connection_settings(const pintle_connection_options& given,
                                       const HostOptions& host, SecretReleases& releases);

}  // namespace pintle::c_api
