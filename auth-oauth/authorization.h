// SPDX-License-Identifier: Apache-2.0
//
// A native sign-in that was begun at the gateway without a browser (gateway-contract 4 and 8).
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

#include "pkce.h"

namespace pintle::oauth {

/// Pending at the gateway for ten minutes, whatever becomes of it; or why it is not.
struct Authorization {
  Pkce pkce;
  Secret cookie;  ///< As it goes back to the gateway; empty: nothing is pending.
  std::optional<Error> refused{};

  bool is_pending() const noexcept { return !refused && !cookie.empty(); }
};

/// Reads the answer to GET /auth/native/authorize. `refused` is set if the gateway has no native
/// sign-in for `provider` (gateways of different age say so in different ways) or holds too many
/// unfinished ones. Throws what else went wrong.
Authorization read_authorization(const plugin::HttpAnswer& answer, Pkce pkce,
                                 std::string_view provider, const GatewayUrl& gateway,
                                 std::int64_t now_ms);

}  // namespace pintle::oauth
