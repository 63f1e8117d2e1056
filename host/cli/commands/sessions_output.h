// SPDX-License-Identifier: Apache-2.0
//
// What is known of stored sessions, as text and as JSON; never a secret.
//
// Threads: the main thread.

#pragma once

#include <string>
#include <vector>

#include <pintle/settings.h>
#include <pintle/stored_sessions.h>

namespace pintle::cli {

/// The store of a connection as its settings name it, without what may be a password in a URL.
std::string store_text(const ConnectionSettings& connection);

/// "none", "stored 2026-11-27 08:00 UTC (3 h ago)", "damaged" or "cannot be read: …".
std::string state_text(const SessionFacts& facts);

/// A row for a table with the columns of `sessions list`.
std::vector<std::string> session_row(const ConnectionSettings& connection,
                                     const SessionFacts& facts);

/// An object for the "sessions" of `connection`.
std::string session_json(const ConnectionSettings& connection, const SessionFacts& facts);

/// Prints all that is known of it, in lines.
void print_session(const ConnectionSettings& connection, const SessionFacts& facts);

/// Tells the user what was not in order, and what to do; returns the exit code for it.
int note_trouble(const ConnectionSettings& connection, const SessionFacts& facts);

}  // namespace pintle::cli
