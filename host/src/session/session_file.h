// SPDX-License-Identifier: Apache-2.0
//
// What a session's file holds: a version, what the session is bound to, a digest, and the bytes.
//
// Threads: pure functions.

#pragma once

#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>
#include <pintle/session_store.h>

namespace pintle::session_file {

/// The file of `session`. Holds the secret: wipe it.
std::string write(const SessionKey& key, const Secret& session);

enum class Reading {
  session,  ///< It is there and whole.
  foreign,  ///< A whole session of another connection, gateway or scheme.
  newer,    ///< Written by a newer version of Pintle.
  damaged,  ///< Not a session, or not as it was written.
};

/// Takes apart what `write` made; `session` is filled in for Reading::session alone.
Reading read(std::string_view text, const SessionKey& key, Secret& session);

/// SHA-256 as 64 hex digits.
std::string digest_of(std::string_view bytes);

}  // namespace pintle::session_file
