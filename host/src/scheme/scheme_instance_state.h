// SPDX-License-Identifier: Apache-2.0
//
// The state of a SchemeInstance. Shared with the thread that runs a step: if the scheme does not
// return from it, the state outlives the instance.
//
// Header-only. Threads: every call with `handle` requires `lock`.

#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include <pintle/plugin.h>

#include "scheme/call_lock.h"

namespace pintle {

struct AuthState {
  /// Owns `opened`, which the scheme's `open` returned. The table of a scheme is never unloaded
  /// (loader.h).
  AuthState(const pintle_scheme& of, std::string id, pintle_auth& opened)
      : scheme(of), scheme_id(std::move(id)), handle(&opened) {}
  AuthState(const AuthState&) = delete;
  AuthState& operator=(const AuthState&) = delete;
  ~AuthState() { scheme.close(handle); }

  const pintle_scheme& scheme;
  const std::string scheme_id;
  pintle_auth* const handle;
  CallLock lock;
  std::atomic<std::uint64_t> change{1};  ///< Counts the session's changes.
};

}  // namespace pintle
