// SPDX-License-Identifier: Apache-2.0
//
// Parses the final URL of a native sign-in: redirect_uri?code=…&state=… (gateway-contract 4).
//
// Threads: pure functions.

#pragma once

#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle::oauth {

/// The code in `url`, which may have been typed or pasted by a user. Throws Error(gate) if it
/// carries another state than `state` or no code, Error(provider) where it tells of a refusal. No
/// part of the URL is repeated but the name of an error: it may hold a code.
Secret code_from(std::string_view url, std::string_view state);

}  // namespace pintle::oauth
