// SPDX-License-Identifier: Apache-2.0
//
// What an auth is at the scheme. Shared with the thread that runs a step: a scheme that does not
// return from one keeps its state and outlives the auth.
//
// Header-only. Threads: every call with `handle` is made in a turn of `lock`.

#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <pintle/plugin.h>

#include "scheme/call_lock.h"

namespace pintle {

struct AuthState {
  /// `opened` is what the scheme's `open` gave; it is closed with this. The table of a scheme is
  /// never unloaded (loader.h).
  AuthState(const pintle_scheme& of, std::string id, pintle_auth& opened)
      : scheme(of), scheme_id(std::move(id)), handle(&opened) {}
  AuthState(const AuthState&) = delete;
  AuthState& operator=(const AuthState&) = delete;
  ~AuthState() { scheme.close(handle); }

  const pintle_scheme& scheme;
  const std::string scheme_id;
  pintle_auth* const handle;
  CallLock lock;
  std::uint64_t change = 1;  ///< Under `lock`: counts the session's changes.
};

}  // namespace pintle
