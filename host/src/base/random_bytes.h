// SPDX-License-Identifier: Apache-2.0
//
// Random bytes for tickets, nonces and keys, from OpenSSL's generator.
//
// Threads: any.

#pragma once

#include <cstdint>
#include <span>

namespace pintle {

/// Fills `bytes`. Throws Error(config) if the system has no random bytes.
void fill_random(std::span<unsigned char> bytes);

/// Returns a number from 0 to below `limit`; 0 if that is not above 0.
std::int64_t random_below(std::int64_t limit);

}  // namespace pintle
