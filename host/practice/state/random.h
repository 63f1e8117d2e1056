// SPDX-License-Identifier: Apache-2.0
//
// Unguessable text and digests, from OpenSSL.
//
// Threads: free functions, any thread.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pintle::practice {

/// Returns `bytes` in the URL-safe base64 alphabet without padding (RFC 4648 5).
std::string base64url(std::string_view bytes);

/// The size of a secret; other tokens are ids.
inline constexpr std::size_t kSecretBytes = 32;

/// Returns `bytes` random bytes as base64url. Throws Error(config) if the system has no randomness.
std::string random_token(std::size_t bytes = kSecretBytes);

/// Adds a secret of a client's, such as the state of its sign-in, to `recent_secrets`.
void note_secret(std::string_view text);

/// Returns the last 1,000 secrets of all gateways of this process: every token of `kSecretBytes`
/// bytes, and what was noted. For a test that none of them is shown anywhere.
std::vector<std::string> recent_secrets();

/// Returns base64url(SHA-256(text)): a PKCE challenge of method S256 (RFC 7636 4.2).
std::string s256(std::string_view text);

}  // namespace pintle::practice
