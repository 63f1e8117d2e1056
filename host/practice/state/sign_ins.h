// SPDX-License-Identifier: Apache-2.0
//
// The sign-ins in progress and their limits: the state behind the PKCE cookie, the native codes,
// the tries of an address.
//
// Threads: any thread.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "practice/server/options.h"

namespace pintle::practice {

/// The parameters of a native client's GET /auth/native/authorize.
struct NativeRequest {
  std::string redirect_uri;
  std::string challenge;
  std::string state;
};

struct SignIn {
  std::string provider;
  std::string state;  ///< The gateway's own, between it and the identity provider.
  std::optional<NativeRequest> native;
  std::string address;  ///< The client's address.
};

/// The sign-ins in progress, each under the value of the PKCE cookie of its browser.
class SignIns {
 public:
  SignIns(std::int64_t life_ms, int max_pending, Clock clock)
      : life_ms_(life_ms), max_pending_(max_pending), clock_(std::move(clock)) {}

  /// Returns the value of the cookie to set; nothing if that address has too many native ones in
  /// progress.
  std::optional<std::string> begin(SignIn sign_in);
  std::optional<SignIn> find(std::string_view cookie) const;
  void end(std::string_view cookie);

 private:
  struct Entry {
    SignIn sign_in;
    std::int64_t expires_ms = 0;
  };
  std::int64_t life_ms_;
  int max_pending_;
  Clock clock_;
  mutable Mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_ PINTLE_GUARDED_BY(mutex_);
};

/// The codes that are sent to a native client's redirect address.
class NativeCodes {
 public:
  struct Grant {
    std::string provider;
    std::string user;
    std::string challenge;
  };

  NativeCodes(std::int64_t life_ms, Clock clock) : life_ms_(life_ms), clock_(std::move(clock)) {}

  std::string mint(Grant grant);
  /// Returns the grant if `verifier` matches its challenge. Any attempt consumes the code.
  std::optional<Grant> redeem(std::string_view code, std::string_view verifier);

 private:
  struct Entry {
    Grant grant;
    std::int64_t expires_ms = 0;
  };
  std::int64_t life_ms_;
  Clock clock_;
  Mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_ PINTLE_GUARDED_BY(mutex_);
};

/// Ten tries in 60 s per address (gateway-contract 4).
class PasswordTries {
 public:
  PasswordTries(int max_tries, Clock clock) : max_tries_(max_tries), clock_(std::move(clock)) {}

  /// Counts a try; returns false if there were too many.
  bool allow(const std::string& address);

 private:
  int max_tries_;
  Clock clock_;
  Mutex mutex_;
  std::map<std::string, std::deque<std::int64_t>> tries_ms_ PINTLE_GUARDED_BY(mutex_);
};

}  // namespace pintle::practice
