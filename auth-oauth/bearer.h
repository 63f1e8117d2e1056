// SPDX-License-Identifier: Apache-2.0
//
// The tokens of a native sign-in, and when they want to be renewed (gateway-contract 4).
//
// Threads: values and pure functions. Time is Unix milliseconds.

#pragma once

#include <cstdint>
#include <string>

#include <pintle/core/base/secret.h>
#include <pintle/scheme.h>

namespace pintle::oauth {

/// Who a session belongs to; what the gateway did not say is empty.
struct User {
  std::string id;
  std::string provider;
};

struct BearerTokens {
  Secret access;
  Secret refresh;                  ///< Empty: the provider gives none.
  std::int64_t expires_ms = 0;     ///< By this machine's clock; 0: the gateway did not say.
  std::int64_t refresh_at_ms = 0;  ///< Some time before, no two clients at the same; 0: never.
};

struct TokenAnswer {
  BearerTokens tokens;
  User user;
};

/// Reads what /auth/native/token and /auth/native/refresh answer with. Throws Error(protocol)
/// where it is not that, without repeating any of it.
TokenAnswer read_token_answer(const plugin::HttpAnswer& answer, const plugin::Moment& moment);

/// When tokens that were given out at `now_ms` and lapse at `expires_ms` are to be renewed: a
/// minute before and up to half a minute of jitter earlier, less where they live shortly.
std::int64_t renewal_time(std::int64_t now_ms, std::int64_t expires_ms, std::uint64_t random);

}  // namespace pintle::oauth
