// SPDX-License-Identifier: Apache-2.0
//
// Moves the sessions of a connection from one store to another, so that at no time two stores have
// one that is used: a provider that accepts a refresh token only once ends a session that is
// renewed from both.
//
// Threads and processes: any; it holds the locks of the sessions in both stores.

#pragma once

#include <functional>
#include <vector>

#include <pintle/session_store.h>
#include <pintle/stored_sessions.h>

namespace pintle {

struct SessionMove {
  SessionStore& from;
  SessionStore& to;
  /// Each list has the keys of which one session at a time is used: those of the gateway's schemes,
  /// those of the fronts.
  std::vector<std::vector<SessionKey>> places;
  ExistingSession existing = ExistingSession::refuse;
  /// Makes the new store the connection's, once it has the sessions.
  std::function<void()> switch_over;
};

/// Throws as `move_sessions` does. What `switch_over` throws is thrown, after everything was
/// undone.
MovedSessions move_between(const SessionMove& move);

}  // namespace pintle
