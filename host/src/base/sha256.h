// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 (FIPS 180-4).
//
// Threads: a pure function.

#pragma once

#include <string>
#include <string_view>

namespace pintle {

/// Returns the 32 bytes of the digest of `bytes`.
std::string sha256_of(std::string_view bytes);

}  // namespace pintle
