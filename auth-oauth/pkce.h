// SPDX-License-Identifier: Apache-2.0
//
// Proof Key for Code Exchange, method S256 (RFC 7636): only who began a sign-in can end it.
//
// Threads: pure functions.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle::oauth {

/// What one sign-in needs to be known by.
struct Pkce {
  Secret verifier;        ///< 43 characters; leaves for the gateway with the code alone.
  std::string challenge;  ///< base64url(SHA-256(verifier)).
  std::string state;      ///< 43 characters; comes back with the code (RFC 6749 10.12).
};

/// From 32 bytes of a cryptographic generator; the state says nothing about the verifier.
Pkce make_pkce(const std::array<std::uint8_t, 32>& random);

/// RFC 7636 4.2.
std::string challenge_of(std::string_view verifier);

}  // namespace pintle::oauth
