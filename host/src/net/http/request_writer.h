// SPDX-License-Identifier: Apache-2.0
//
// Writes the heads of the requests to one gateway: the transport's own fields, the connection's
// extra headers and the request's fields. Only it sets the fields for framing and forwarding.
//
// Threads: any, concurrently; it is constant once constructed.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/core/http/headers.h>
#include <pintle/core/http/http_body.h>

#include "net/http/http_connection.h"

namespace pintle::net {

/// A request that is ready to be sent. `wire` views the request that it was written from, which
/// must outlive it; its own head is set when it is sent.
struct OutgoingRequest {
  std::string head;
  WireRequest wire;

  OutgoingRequest() = default;
  OutgoingRequest(OutgoingRequest&&) = default;
  OutgoingRequest& operator=(OutgoingRequest&&) = delete;
  ~OutgoingRequest();  ///< Wipes the head, which contains the credentials.
};

class RequestWriter {
 public:
  /// `extra` is added to every request. A request's own field of the same name replaces it, except
  /// that cookies are joined. Throws Error(config) for a field that is reserved for the transport.
  RequestWriter(const GatewayUrl& gateway, const Headers& extra);

  /// `upgrade`: asks for another protocol. `prefix` replaces the gateway's. `front`: the fields for
  /// what stands in front of the gateway, added to those of the request; cookies are joined, and
  /// the request's own win. Throws Error(config) for a method, target or field that must not be
  /// sent.
  OutgoingRequest write(const HttpRequest& request, bool upgrade, const BodyStreams& streams = {},
                        std::optional<std::string_view> prefix = {},
                        const Headers& front = {}) const;

  /// Returns the fields that `write` would send, for a signature. Throws as `write` does.
  Headers fields(const HttpRequest& request, bool upgrade, const BodyStreams& streams = {}) const;

 private:
  class JoinedCookies;

  void append_fixed(std::string& head, const Headers& own, const Headers& front,
                    const JoinedCookies& cookies) const;
  void append_fields(std::string& head, const Headers& own, bool upgrade,
                     const JoinedCookies& cookies) const;
  void append_front(std::string& head, const Headers& front, bool upgrade,
                    const JoinedCookies& cookies) const;
  std::size_t head_bound(const HttpRequest& request, std::string_view prefix,
                         const Headers& front) const;

  const std::string prefix_;
  const bool joins_cookies_;
  std::vector<std::pair<std::string, std::string>> fixed_fields_;  // Name, and "Name: value\r\n".
};

}  // namespace pintle::net
