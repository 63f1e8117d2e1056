// SPDX-License-Identifier: Apache-2.0
//
// What stands in front of a practice gateway: HTTP Basic, a door for service accounts as Cloudflare
// Access has it, or a login page on another origin whose session is in chunked cookies. Its
// credentials are its own: each can be rotated and revoked while those of the gateway stay.
//
// Threads: any.

#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "practice/pages/identity_provider.h"
#include "practice/server/message.h"
#include "practice/state/gateway_state.h"

namespace pintle::practice {

/// The only user of Wall::basic.
inline constexpr std::string_view kWallUser = "wall";

class WallDoor {
 public:
  WallDoor(const GatewayState& state, IdentityProvider& identity);

  /// Where the login page is; set before the first request.
  void set_identity_url(std::string url) { identity_url_ = std::move(url); }

  /// Returns the response to a request that is not let through. Sets `cookies` for one that is.
  std::optional<HttpResponse> refuse(const Request& request, Headers& cookies);

  /// The present credential. Of Wall::basic the password, of Wall::service the client's secret, of
  /// Wall::page the Cookie field of a new session.
  std::string password() const;
  std::string client_id() const;
  std::string client_secret() const;
  std::string open_session();

  /// Wall::basic and service: a new secret, and the old one is refused. Wall::page: the next
  /// response to each session replaces its cookies.
  void rotate();
  /// The secret is replaced and not told; all sessions end.
  void revoke();

 private:
  struct Session {
    bool rotates = false;
  };

  std::optional<HttpResponse> refuse_page(const Request& request, Headers& cookies);
  HttpResponse finish_login(const Request& request);
  HttpResponse to_login(const Request& request) const;
  std::string callback_url(const Request& request) const;
  Headers cookies_of(const std::string& session, const Request& request) const;

  const GatewayState& state_;
  IdentityProvider& identity_;
  std::string identity_url_;
  mutable Mutex mutex_;
  std::string secret_ PINTLE_GUARDED_BY(mutex_);  // the password, or the client's secret
  std::map<std::string, Session> sessions_ PINTLE_GUARDED_BY(mutex_);
};

}  // namespace pintle::practice
