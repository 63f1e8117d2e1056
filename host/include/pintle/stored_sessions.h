// SPDX-License-Identifier: Apache-2.0
//
// The stored sessions of a connection: looks at them, moves them to another store, forgets them.
//
// Threads and processes: any. The gateway is never asked.

/// @file
/// @snippet reference/host.cpp stored_sessions

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <pintle/core/base/error.h>
#include <pintle/host.h>
#include <pintle/settings.h>

namespace pintle {

/// What is known of a session without using it; no secret.
struct SessionFacts {
  enum class State {
    none,
    stored,
    damaged,     ///< What was stored could not be used; `note` says what was done with it.
    unreadable,  ///< The store could not be read; `trouble` says why.
  };
  State state = State::none;
  std::string scheme{};    ///< Its id; empty if none is known.
  bool of_front = false;   ///< It is for what stands in front of the gateway (docs/front.md).
  bool is_shared = false;  ///< Other machines may use it too.
  std::string where{};     ///< For display: where it is stored, or would be.
  std::size_t bytes = 0;   ///< The size of a stored session.
  std::optional<std::int64_t> stored_ms{};  ///< When it was stored, in Unix time; null: unknown.
  std::string note{};                       ///< For display, if something was not in order.
  std::optional<Error> trouble{};
};

/// Returns the session of the gateway's scheme, then those of fronts: the stored ones, and that of
/// the front which `settings` name. A store that cannot be read, or is not available, is a state
/// and throws nothing.
std::vector<SessionFacts> session_facts(const Host& host, const ConnectionSettings& settings);

/// What to do with another session that is in the new store already: another machine, which shares
/// it, may be signed in there.
enum class ExistingSession {
  refuse,   ///< Throw Error(config).
  use,      ///< Use it, and erase the one that was to be moved.
  replace,  ///< Replace it by the one that is moved.
};

struct MovedSessions {
  int moved = 0;               ///< How many sessions were stored in the new store.
  bool used_existing = false;  ///< One that was there already is used.
  bool erased_own = false;     ///< Then: the one that was to be moved is erased, and still valid.
  std::string where{};         ///< For display: where the session of the gateway's scheme is now.
  std::string note{};          ///< For display, if something was not in order.
};

/// Moves the sessions of the saved connection `before`, as it was read, to the store of `after`,
/// which differs from it in its store only, and saves `after`. Holds the locks of the sessions, so
/// that none is renewed meanwhile. A program that is running with the connection is signed out, and
/// stores no session any more; so are all machines that share the old store.
///
/// Throws Error(config) for ExistingSession::refuse, if the connection is stored there already,
/// uses the session of its URL or was changed since it was read; Error(store) if a store cannot be
/// locked, read or written. Then the session is where it was, and so are the settings. The one
/// exception is the last step: if the old store cannot erase the session, the connection uses the
/// new one, and the error says so.
MovedSessions move_sessions(const Host& host, const ConnectionSettings& before,
                            const ConnectionSettings& after,
                            ExistingSession existing = ExistingSession::refuse);

/// Erases the sessions of a connection, damaged and unreadable ones too, in the store of
/// `settings`: if the saved connection of that name uses another one by now, that stays as it is.
/// Machines that share the store are signed out. They stay valid at the gateway:
/// `Connection::sign_out` ends them there. Returns what was stored. Throws Error(store) if one may
/// be left, Error(config) if the store is not available.
std::vector<SessionFacts> forget_sessions(const Host& host, const ConnectionSettings& settings);

}  // namespace pintle
