// SPDX-License-Identifier: Apache-2.0
//
// What Pintle calls itself on the wire.
//
// Threads: any.

#pragma once

#include <string>

namespace pintle::net {

/// "pintle/0.1.0"
inline std::string user_agent() { return "pintle/" PINTLE_VERSION; }

}  // namespace pintle::net
