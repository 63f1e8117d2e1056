// SPDX-License-Identifier: Apache-2.0
//
// Parses the final URL of a native sign-in: redirect_uri?code=…&state=… (gateway-contract 4).
//
// Threads: pure functions.

#pragma once

#include <string_view>

#include <pintle/core/base/secret.h>

namespace pintle::oauth {

/// Returns the code in `url`, which the user may have typed or pasted. Throws Error(gate) if it
/// carries another state than `state` or no code, Error(provider) if it reports a refusal. Only the
/// name of an error is repeated of the URL: it may contain a code.
Secret code_from(std::string_view url, std::string_view state);

}  // namespace pintle::oauth
