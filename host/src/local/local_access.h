// SPDX-License-Identifier: Apache-2.0
//
// Decides which requests a server on loopback or on a Unix socket may answer.
//
// Every page in a browser and every user of this machine can send requests to loopback. So a
// request needs our Host (against DNS rebinding), no foreign Origin, a user who is ours, and the
// local token, which is new at each start.
//
// Threads: `check` from any.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/base/secret.h>
#include <pintle/core/http/headers.h>

#include "sign_in/peer_user.h"

namespace pintle::local {

/// Returns a random token of 43 characters (256 bits, base64url). Throws as `fill_random` does.
Secret new_local_token();

/// What `check` needs of a request.
struct LocalRequest {
  std::string_view target;  ///< As received, with the query.
  const Headers& headers;
  PeerUser user = PeerUser::ours;
};

struct LocalAccessRules {
  Secret token{};
  /// True: no token is needed, but a browser's request must come from the server's own pages.
  bool open = false;
  /// The values of Host that are ours: "127.0.0.1:8080", "localhost:8080". Empty: any, for a Unix
  /// socket, which no browser can reach.
  std::vector<std::string> authorities{};
  std::string cookie_name{};  ///< Contains the port: cookies are shared by all ports of a host.
  std::string header_name{};  ///< Like "X-Hermes-Session-Token"; Authorization: Bearer works too.
  std::string query_name{};   ///< Like "token"; empty: a query is not accepted.
};

class LocalAccess {
 public:
  enum class Verdict : std::uint8_t {
    allowed,
    other_user,      ///< Another user of this machine.
    wrong_host,      ///< Host is missing, repeated or not ours.
    foreign_origin,  ///< A page of another origin sent it.
    no_token,        ///< The token is missing, wrong, or given twice.
  };

  explicit LocalAccess(LocalAccessRules rules) : rules_(std::move(rules)) {}

  Verdict check(const LocalRequest& request) const;

  const LocalAccessRules& rules() const noexcept { return rules_; }

 private:
  enum class Token : std::uint8_t { missing, wrong, cookie, given };

  Token token_of(const LocalRequest& request) const;
  bool is_own_host(const Headers& headers) const;
  bool is_own_origin(std::string_view origin) const;
  bool is_from_other_page(const Headers& headers) const;

  LocalAccessRules rules_;
};

/// Returns the values of Host for a server on `port` of `address` ("127.0.0.1" or "::1"): first the
/// address with its port, last those without one if it is the default port of http.
std::vector<std::string> authorities_of(std::string_view address, std::uint16_t port);

}  // namespace pintle::local
