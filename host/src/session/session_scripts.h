// SPDX-License-Identifier: Apache-2.0
//
// The steps of one refresh in a fleet, each of them a Lua script that Redis runs in one piece
// (docs/decisions/0020, whose names these have).
//
// KEYS: record, lease, counter; they have one hash tag. Published: "FENCE LISTENERS" of a new
// session, "ended", or "free" when a lease ends without any.

#pragma once

#include <string_view>

namespace pintle::session_scripts {

/// ARGV: me, seen, ttl in milliseconds. Returns {"LEASE", fence, tries}, {"NEWER"}, {"BEHIND"},
/// {"SIGN_IN"} or {"WAIT", milliseconds that the lease has left}.
extern const std::string_view kAcquire;
/// ARGV: me, fence, ttl. Returns {"KEPT"} or {"LOST"}.
extern const std::string_view kRenew;
/// ARGV: me, fence, channel. Ends a lease under which nothing was sent. Returns {"RELEASED"}.
extern const std::string_view kRelease;
/// ARGV: me, fence, seen, sent. Returns {"SEND"}, {"LOST"}, {"LOOK_AGAIN"} or {"SIGN_IN"}.
extern const std::string_view kIntent;
/// ARGV: fence, base, session, origin, channel. Returns {"SAVED"} or {"REFUSED"}.
extern const std::string_view kSave;
/// ARGV: me, fence, sent. Returns {"CLEARED"}.
extern const std::string_view kClear;
/// ARGV: me, fence, seen, channel. Returns {"ENDED"} or {"LOOK_AGAIN"}.
extern const std::string_view kEnd;
/// ARGV: seen, session, origin, channel, "always" or "unless_newer". An empty session is a
/// sign-out. Returns {"SAVED", fence} or {"NEWER"}.
extern const std::string_view kSignIn;
/// Returns {fence, session, origin, ended, saved at (Unix time in milliseconds), version}.
extern const std::string_view kLoad;

}  // namespace pintle::session_scripts
