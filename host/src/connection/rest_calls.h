// SPDX-License-Identifier: Apache-2.0
//
// REST requests with the connection's credential, resent if it was refused and there is another
// one.
//
// Threads: any.

#pragma once

#include <stop_token>

#include <pintle/connection.h>

#include "connection/connection_context.h"
#include "connection/credentials/credentials.h"

namespace pintle {

/// What every gateway serves to a valid credential, and refuses without one: it decides if another
/// response was about the credential.
inline constexpr const char* kAnyRequest = "/api/sessions?limit=1";

class RestCalls {
 public:
  /// Both must outlive this.
  RestCalls(ConnectionContext& context, Credentials& credentials)
      : context_(context), credentials_(credentials) {}

  HttpResponse call(HttpRequest request, const std::stop_token& cancel,
                    const BodyStreams& streams = {});

  /// A sink's data cannot be taken back; a source must be rewound.
  static bool may_repeat(const BodyStreams& streams, const HttpResponse& response);

 private:
  ConnectionContext& context_;
  Credentials& credentials_;
};

}  // namespace pintle
