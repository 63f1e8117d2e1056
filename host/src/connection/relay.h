// SPDX-License-Identifier: Apache-2.0
//
// Passes other programs' requests on to the gateway with the connection's credential, each response
// as it comes.
//
// What a response says about the session is observed before its body is passed on: an event stream
// may go on for days, and a rotated session must be stored before the next request (architecture,
// rule 5).
//
// Threads: any, at the same time.

#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include <pintle/core/http/headers.h>
#include <pintle/core/http/http_body.h>

#include "connection/connection_context.h"
#include "connection/credentials/credentials.h"
#include "connection/gateway_choice.h"
#include "connection/rest_calls.h"
#include "connection/ws_dial.h"
#include "net/transport.h"

namespace pintle {

/// Receives the response that is for the client. Its functions may throw Error, which ends the
/// exchange.
class RelaySink {
 public:
  virtual ~RelaySink() = default;
  /// Called once, with the status and the header. Its body follows through `write`.
  virtual void begin(const HttpResponse& head) = 0;
  virtual void write(std::string_view piece) = 0;
};

class Relay {
 public:
  /// All must outlive this.
  Relay(ConnectionContext& context, GatewayChoice& gateway, Credentials& credentials,
        RestCalls& calls, WsDial& dial)
      : context_(context),
        gateway_(gateway),
        credentials_(credentials),
        calls_(calls),
        dial_(dial) {}

  /// Sends `request`, which has no credential, and passes the response to `sink` as it comes, with
  /// its content as encoded. The response must begin within `request_ms`; its body may take as long
  /// as it does not pause for too long. A response that refuses the credential is held back, and
  /// the request repeated with another one if it can be. `source` may be null. Throws Error; with
  /// needs_sign_in() if the credential is missing or dead.
  void call(HttpRequest request, BodySource* source, RelaySink& sink,
            const std::stop_token& cancel);
  /// Sends a request to a public endpoint, without a credential. Throws Error.
  HttpResponse call_public(const HttpRequest& request, const std::stop_token& cancel);
  /// Returns false if the gateway has no WebSocket. Throws Error if it has to be asked and cannot.
  bool has_websocket(const std::stop_token& cancel);
  /// Passes on an upgrade to the WebSocket of `target`, a path with a query, and counts it as a
  /// dial. See WsDial::pass_on.
  net::Upgraded upgrade(std::string_view target, const Headers& fields,
                        const std::stop_token& cancel);

  /// Returns whether the gateway has the Hermes profile. Probes it if it is not known yet. Throws
  /// Error.
  bool is_hermes(const std::stop_token& cancel) { return gateway_.profile(cancel)->is_hermes(); }

  const GatewayUrl& url() const noexcept { return context_.settings.url; }
  /// Keeps up to so many idle connections to the gateway.
  void keep_at_least(std::size_t idle_connections) {
    context_.transport.keep_at_least(idle_connections);
  }

 private:
  void send(HttpRequest request, BodySource* source, RelaySink& sink,
            const std::stop_token& cancel);

  ConnectionContext& context_;
  GatewayChoice& gateway_;
  Credentials& credentials_;
  RestCalls& calls_;
  WsDial& dial_;
};

}  // namespace pintle
