// SPDX-License-Identifier: Apache-2.0
//
// Checks where a scheme sends the user's browser: only to the gateway, or to an origin that the
// connection's settings allow.
//
// Threads: pure functions.

#pragma once

#include <string>
#include <string_view>

#include <pintle/settings.h>

namespace pintle {

/// Returns the full URL to open. `given` is a path below the gateway ("/login") or an absolute
/// http(s) URL below the gateway's prefix or on an allowed origin; "{redirect_uri}" in it is
/// replaced by `redirect_uri`, percent-encoded. Throws Error(plugin) with the broken rule; the
/// message never contains the query.
std::string visit_url(std::string_view given, std::string_view redirect_uri,
                      const ConnectionSettings& settings);

}  // namespace pintle
