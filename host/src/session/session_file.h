// SPDX-License-Identifier: Apache-2.0
//
// The session file format: a version, what the session is bound to, a digest, and the bytes.
//
// Threads: pure functions.

#pragma once

#include <string>
#include <string_view>

#include <pintle/core/base/secret.h>
#include <pintle/session_store.h>

namespace pintle::session_file {

/// In a key, what stands before the id of a front's scheme: no scheme's id has a "/". Its session
/// is a file of its own, beside that of the gateway's scheme.
inline constexpr std::string_view kFrontPrefix = "front/";

/// Returns the file's contents for `session`. It contains the secret: the caller must wipe it.
std::string write(const SessionKey& key, const Secret& session);

enum class Reading {
  session,  ///< A valid session.
  foreign,  ///< A valid session of another connection, gateway or scheme.
  newer,    ///< Written by a newer version of Pintle.
  damaged,  ///< Not a session, or changed since it was written.
};

/// Parses what `write` returned. Sets `session` only for Reading::session.
Reading read(std::string_view text, const SessionKey& key, Secret& session);

/// Returns the SHA-256 of `bytes` as 64 hex digits.
std::string digest_of(std::string_view bytes);

}  // namespace pintle::session_file
