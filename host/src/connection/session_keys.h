// SPDX-License-Identifier: Apache-2.0
//
// The keys under which sessions of a connection may be stored.
//
// Threads: pure functions.

#pragma once

#include <string>
#include <vector>

#include <pintle/loading/catalogue.h>
#include <pintle/session_store.h>
#include <pintle/settings.h>

namespace pintle {

/// Of the gateway's scheme: the one that is set first, then the one that was used last, which may
/// be uninstalled, then all of `catalogue`.
std::vector<SessionKey> gateway_session_keys(const ConnectionSettings& settings,
                                             const loading::Catalogue& catalogue);

/// Of the schemes for what stands in front of the gateway, likewise.
std::vector<SessionKey> front_session_keys(const ConnectionSettings& settings,
                                           const loading::Catalogue& catalogue);

/// Adds a sentence for display to others; nothing if it is empty.
inline void append_note(std::string& notes, const std::string& note) {
  if (!note.empty()) notes += (notes.empty() ? "" : " ") + note;
}

}  // namespace pintle
