// SPDX-License-Identifier: Apache-2.0
//
// The tokens of a native sign-in, and when to renew them (gateway-contract 4).
//
// Threads: values and pure functions. Time is Unix milliseconds.

#pragma once

#include <cstdint>
#include <string>

#include <pintle/core/base/secret.h>
#include <pintle/scheme.h>

namespace pintle::oauth {

/// The user of a session; fields that the gateway did not send are empty.
struct User {
  std::string id;
  std::string provider;
};

struct BearerTokens {
  Secret access;
  Secret refresh;                  ///< Empty: the provider issues none.
  std::int64_t expires_ms = 0;     ///< By this machine's clock; 0: unknown.
  std::int64_t refresh_at_ms = 0;  ///< Earlier than the expiry, with jitter; 0: never.
};

struct TokenAnswer {
  BearerTokens tokens;
  User user;
};

/// Parses the response of /auth/native/token and /auth/native/refresh. Throws Error(protocol) if it
/// is invalid, without repeating any of it.
TokenAnswer read_token_answer(const plugin::HttpAnswer& answer, const plugin::Moment& moment);

/// Returns when to renew tokens that were issued at `now_ms` and expire at `expires_ms`: a minute
/// before, plus up to half a minute of jitter; less for short lifetimes.
std::int64_t renewal_time(std::int64_t now_ms, std::int64_t expires_ms, std::uint64_t random);

}  // namespace pintle::oauth
