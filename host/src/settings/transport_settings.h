// SPDX-License-Identifier: Apache-2.0
//
// Makes a connection's transport settings, and reads the files that they name.
//
// Threads: any.

#pragma once

#include <string>

#include <pintle/core/http/headers.h>
#include <pintle/settings.h>

#include "net/transport.h"

namespace pintle {

/// Returns the transport's settings; reads the headers file and the proxy credentials, and leaves
/// the client certificate to the first handshake.
/// `reads_environment`: see HostOptions::proxy_environment. Throws Error(config) if a file is
/// unusable, or if extra headers would be sent over plain http.
net::TransportSettings transport_settings(const ConnectionSettings& settings,
                                          bool reads_environment);

/// Reads a file of header lines; none if `file` is empty. Throws Error(config) if it is unusable.
Headers read_headers_file(const std::string& file);

/// Returns a text that is another one after the file was written again: its time and size. Empty if
/// `file` is.
std::string file_state(const std::string& file);

/// Returns what a gateway's answers depend on besides its URL: the scheme, the proxy, and the
/// names, times and sizes of the headers, CA, proxy credentials and client certificate files.
/// Contains no secret.
std::string route_to_gateway(const ConnectionSettings& settings,
                             const net::TransportSettings& made);

}  // namespace pintle
