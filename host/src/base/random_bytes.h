// SPDX-License-Identifier: Apache-2.0
//
// Random bytes for tickets, nonces and keys, from OpenSSL's generator.
//
// Threads: any.

#pragma once

#include <span>

namespace pintle {

/// Fills `bytes`. Throws Error(config) if the system has no random bytes.
void fill_random(std::span<unsigned char> bytes);

}  // namespace pintle
