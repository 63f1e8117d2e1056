// SPDX-License-Identifier: Apache-2.0
//
// REST requests with the connection's credential, resent if it was refused and there is another
// one.
//
// Threads: any.

#pragma once

#include <optional>
#include <stop_token>

#include <pintle/connection.h>

#include "connection/connection_context.h"
#include "connection/credentials/credentials.h"
#include "connection/gateway_choice.h"

namespace pintle {

class RestCalls {
 public:
  /// All must outlive this.
  RestCalls(ConnectionContext& context, GatewayChoice& gateway, Credentials& credentials)
      : context_(context), gateway_(gateway), credentials_(credentials) {}

  HttpResponse call(HttpRequest request, const std::stop_token& cancel,
                    const BodyStreams& streams = {});

  /// Sends the request that the gateway's profile has to check a credential, which decides if
  /// another response was about the credential: returns the response, or nullopt if there is no
  /// such request. Throws as `call` does.
  std::optional<HttpResponse> check_credential(const std::stop_token& cancel);

  /// A sink's data cannot be taken back; a source must be rewound.
  static bool may_repeat(const BodyStreams& streams, const HttpResponse& response);

 private:
  ConnectionContext& context_;
  GatewayChoice& gateway_;
  Credentials& credentials_;
};

}  // namespace pintle
