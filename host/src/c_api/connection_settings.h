// SPDX-License-Identifier: Apache-2.0
//
// The settings of a connection, from the C options.
//
// Threads: a function; it reads the connections that are kept where the options have no URL.

#pragma once

#include <pintle/host.h>
#include <pintle/pintle.h>

namespace pintle::c_api {

/// Throws Error(config, store).
ConnectionSettings connection_settings(const pintle_connection_options& given,
                                       const HostOptions& host);

}  // namespace pintle::c_api
