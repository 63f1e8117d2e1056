// SPDX-License-Identifier: Apache-2.0
//
// The gateway's sessions: pairs of access and refresh tokens, their lifetimes and rotation.
//
// Threads: any thread.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "practice/server/options.h"
#include "practice/state/request_log.h"

namespace pintle::practice {

/// The user of a session, as in GET /api/auth/me.
struct SessionFacts {
  std::string user_id;
  std::string provider;
  std::int64_t access_expires_ms = 0;
};

/// The tokens of a sign-in or a refresh.
struct TokenPair {
  std::string access;
  std::string refresh;  ///< Empty: the provider issues none, or the old one stays valid.
  SessionFacts facts;
};

class Sessions {
 public:
  /// `clock` and `request_log` must outlive this.
  Sessions(const Options& options, Clock clock, RequestLog& request_log);

  TokenPair open(const Provider& provider, std::string_view user);

  /// Returns the session of a valid access token.
  std::optional<SessionFacts> check(std::string_view access) const;

  /// Returns the provider that a refresh token belongs to, whether it is still valid or not.
  std::optional<std::string> provider_of_refresh(std::string_view refresh) const;

  /// Returns a fresh pair, or nothing if the token is invalid. If tokens rotate, the second use of
  /// one ends its whole session (gateway-contract 3).
  std::optional<TokenPair> refresh(std::string_view refresh);

  /// Ends a refresh token if its provider can. Access tokens stay valid until they expire.
  void revoke(std::string_view refresh);
  /// Ends all of them, as an administrator might.
  void end_all();
  /// Makes every access token expire now; refresh tokens stay valid.
  void expire_access();

 private:
  struct Session {
    std::string user;
    std::string provider;
    std::int64_t access_life_ms = 0;
    bool issues_refresh_token = false;
    bool can_revoke = true;
    bool alive = true;
  };
  struct Access {
    std::uint64_t session = 0;
    std::int64_t expires_ms = 0;
  };
  struct Refresh {
    std::uint64_t session = 0;
    std::int64_t expires_ms = 0;
    bool used = false;
    std::int64_t used_ms = 0;
  };

  std::string new_token() const;
  TokenPair issue(std::uint64_t id, bool with_refresh) PINTLE_REQUIRES(mutex_);
  void sweep() PINTLE_REQUIRES(mutex_);

  const Options& options_;
  Clock clock_;
  RequestLog& request_log_;
  mutable Mutex mutex_;
  std::uint64_t last_id_ PINTLE_GUARDED_BY(mutex_) = 0;
  std::map<std::uint64_t, Session> sessions_ PINTLE_GUARDED_BY(mutex_);
  std::map<std::string, Access, std::less<>> access_ PINTLE_GUARDED_BY(mutex_);
  std::map<std::string, Refresh, std::less<>> refresh_ PINTLE_GUARDED_BY(mutex_);
};

}  // namespace pintle::practice
