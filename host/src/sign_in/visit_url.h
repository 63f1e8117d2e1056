// SPDX-License-Identifier: Apache-2.0
//
// Where a scheme may send the user's browser: to the gateway, and to nothing else that the
// connection's settings do not name.
//
// Threads: a pure function.

#pragma once

#include <string>
#include <string_view>

#include <pintle/settings.h>

namespace pintle {

/// The whole URL to open. `given` is a path below the gateway ("/login") or an absolute http(s) URL
/// below the gateway's prefix or on an allowed origin; "{redirect_uri}" in it is replaced by
/// `redirect_uri`, percent-encoded. Throws Error(plugin) that says which rule it breaks, without
/// its query.
std::string visit_url(std::string_view given, std::string_view redirect_uri,
                      const ConnectionSettings& settings);

}  // namespace pintle
