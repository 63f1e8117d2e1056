// SPDX-License-Identifier: Apache-2.0
//
// Unguessable text and digests, from OpenSSL.
//
// Threads: free functions, any thread.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pintle::practice {

/// Returns `bytes` in the URL-safe base64 alphabet without padding (RFC 4648 5).
std::string base64url(std::string_view bytes);

/// Returns `bytes` random bytes as base64url. Throws Error(config) if the system has no randomness.
std::string random_token(std::size_t bytes = 32);

/// Returns base64url(SHA-256(text)): a PKCE challenge of method S256 (RFC 7636 4.2).
std::string s256(std::string_view text);

}  // namespace pintle::practice
