// SPDX-License-Identifier: Apache-2.0
//
// Proof Key for Code Exchange, method S256 (RFC 7636): only the client that started a sign-in can
// complete it.
//
// Threads: pure functions.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle::oauth {

/// The secrets of one sign-in.
struct Pkce {
  Secret verifier;        ///< 43 characters; sent to the gateway only with the code.
  std::string challenge;  ///< base64url(SHA-256(verifier)).
  std::string state;      ///< 43 characters; returned with the code (RFC 6749 10.12).
};

/// Derives them from 32 bytes of a cryptographic generator; the state reveals nothing about the
/// verifier.
Pkce make_pkce(const std::array<std::uint8_t, 32>& random);

/// Returns the S256 challenge (RFC 7636 4.2).
std::string challenge_of(std::string_view verifier);

}  // namespace pintle::oauth
