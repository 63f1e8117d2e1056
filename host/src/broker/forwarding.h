// SPDX-License-Identifier: Apache-2.0
//
// Which parts of a request and of its response are passed on, and as what.
//
// Not passed on: what belongs to one connection (RFC 9110 7.6.1), the local token, every other
// credential (a request has exactly one, gateway-contract 1), where a page came from, and the
// cookies of the gateway's session and of what stands in front of it. No Via is added
// (docs/decisions/0016).
//
// Threads: any.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>

#include "broker/client_request.h"

namespace pintle::broker {

/// What the local side is called.
struct LocalNames {
  std::string base{};          ///< "http://127.0.0.1:8080"; empty if it has no URL.
  std::string token_header{};  ///< Has the local token.
  /// Begins the local names of the gateway's cookies. Browsers share cookies among all programs on
  /// 127.0.0.1: under a name of its own choice, a gateway could collect those of others.
  std::string cookie_prefix{"pintle_gateway_"};
};

class Forwarding {
 public:
  /// Returns the names of the cookies that the front has at present; may be empty.
  using FrontCookies = std::function<std::vector<std::string>()>;

  Forwarding(GatewayUrl gateway, LocalNames names, FrontCookies of_front = {})
      : gateway_(std::move(gateway)), names_(std::move(names)), of_front_(std::move(of_front)) {}

  /// Returns the names in a Cookie field.
  static std::vector<std::string> cookie_names(std::string_view field);

  /// Returns the target for the gateway: without `token` and `ticket`, and with the characters
  /// encoded that a URL must not have (clients send them all the same). Throws RequestFault(400) if
  /// it is not a path below the gateway.
  static std::string target(std::string_view target);

  /// Returns the header for the gateway, without a credential.
  Headers to_gateway(const ClientRequest& request) const;
  /// Returns the header for the client, without the fields that frame the message.
  Headers to_client(const HttpResponse& response) const;

  /// Returns a URL or path of the gateway as the client's, without `token` and `ticket`; any other
  /// text as it is.
  std::string local_location(std::string_view location) const;

 private:
  using Names = std::vector<std::string>;

  static bool may_pass(std::string_view pair, const Names& front);
  Names front_cookies() const { return of_front_ ? of_front_() : Names(); }
  std::string gateway_cookies(std::string_view cookies, const Names& front) const;
  std::string local_cookie(std::string_view cookie, const Names& front) const;
  std::optional<std::string> local_path(std::string_view path) const;

  const GatewayUrl gateway_;
  const LocalNames names_;
  const FrontCookies of_front_;
};

}  // namespace pintle::broker
