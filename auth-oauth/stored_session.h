// SPDX-License-Identifier: Apache-2.0
//
// Serializes a session for the host's store: JSON with a version, bound to its gateway.
//
// Threads: pure functions.

#pragma once

#include <string_view>
#include <variant>

#include <pintle/core/base/secret.h>
#include <pintle/core/gateway/gateway_url.h>

#include "cookie_session.h"
#include "wire/bearer.h"

namespace pintle::oauth {

/// A connection's session: none, or exactly one kind of credential.
using Session = std::variant<std::monostate, CookieSession, BearerTokens>;

struct StoredSession {
  Session session;
  User user;
};

/// Serializes a session; empty if there is none.
Secret to_bytes(const Session& session, const User& user, const GatewayUrl& gateway);

/// Parses a session; empty bytes are no session. Throws Error(session) with `needs_sign_in` if the
/// bytes are damaged, of another version, or another gateway's.
StoredSession from_bytes(std::string_view bytes, const GatewayUrl& gateway);

}  // namespace pintle::oauth
