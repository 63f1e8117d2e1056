// SPDX-License-Identifier: Apache-2.0
//
// Pintle's User-Agent.
//
// Threads: any.

#pragma once

#include <string>

namespace pintle::net {

/// Returns "pintle/0.1.0".
inline std::string user_agent() { return "pintle/" PINTLE_VERSION; }

}  // namespace pintle::net
