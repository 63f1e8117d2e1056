// SPDX-License-Identifier: Apache-2.0
//
// A native sign-in that was started at the gateway without a browser (gateway-contract 4 and 8).
//
// Threads: values and pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>
#include <pintle/core/gateway/gateway_url.h>
#include <pintle/scheme.h>

#include "wire/pkce.h"

namespace pintle::oauth {

/// A pending authorization, or why there is none. It stays pending at the gateway for ten minutes
/// in any case.
struct Authorization {
  Pkce pkce;
  Secret cookie;  ///< As sent to the gateway; empty: nothing is pending.
  std::optional<Error> refused{};

  bool is_pending() const noexcept { return !refused && !cookie.empty(); }
};

/// Parses the response to GET /auth/native/authorize. `refused` is set if the gateway has no native
/// sign-in for `provider` (reported differently by older and newer gateways) or has too many
/// pending ones. Throws Error for any other failure.
Authorization read_authorization(const plugin::HttpAnswer& answer, Pkce pkce,
                                 std::string_view provider, const GatewayUrl& gateway,
                                 std::int64_t now_ms);

}  // namespace pintle::oauth
