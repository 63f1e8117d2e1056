// SPDX-License-Identifier: Apache-2.0
//
// The session that is signed in to by a URL alone, and the connections that are kept for that URL.
//
// A session that rotates must never be held twice, so a connection shares it where it is kept.

#pragma once

#include <string>

#include <pintle/settings.h>

#include "user_host.h"

namespace pintle::cli {

/// Lets `connection`, which is about to be added, use the session of its URL: if there is one, it
/// has none of its own, and no other connection shares it. Returns a sentence to the user; empty:
/// there is nothing to say.
std::string share_url_session(const UserHost& user, ConnectionSettings& connection);

/// After a sign-in by URL: notes which connections for that URL are not signed in by it.
void note_connections_without_session(const UserHost& user, const ConnectionSettings& by_url);

/// After a sign-out: notes which other connections shared the session that is gone, and which for
/// that URL have one of their own yet.
void note_connections_of_session(const UserHost& user, const ConnectionSettings& signed_out);

/// Returns true if a session is stored for `settings`. One that cannot be read is none.
bool has_stored_session(const UserHost& user, const ConnectionSettings& settings);

}  // namespace pintle::cli
