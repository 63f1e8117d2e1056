// SPDX-License-Identifier: Apache-2.0
//
// The practice gateways that tests start, by what they require of a client.
//
// Threads: any.

#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "practice/server/options.h"

namespace pintle::test {

/// The static session token of `token_gate()`.
inline constexpr const char* kToken = "practice-token-abcdefghijklmnop";

inline practice::Options with_gate(practice::Gate gate, std::string prefix = {}) {
  practice::Options options;
  options.gate = gate;
  options.prefix = std::move(prefix);
  return options;
}

/// Requires a static session token; nobody signs in.
inline practice::Options token_gate(std::string_view token = kToken) {
  practice::Options options;
  options.token = Secret(token);
  return options;
}

/// Requires a sign-in, and keeps it in session cookies.
inline practice::Options cookie_gate() { return with_gate(practice::Gate::cookie); }

/// Requires a sign-in, and offers bearer tokens besides cookies.
inline practice::Options native_gate() { return with_gate(practice::Gate::native); }

inline practice::Options over_tls(practice::Options options = {}) {
  options.tls = true;
  return options;
}

/// Requires an API key.
inline practice::Options api_key_gate(std::string_view key) {
  auto options = with_gate(practice::Gate::api_key);
  options.token = Secret(key);
  return options;
}

}  // namespace pintle::test
