// SPDX-License-Identifier: Apache-2.0
//
// Opens WebSockets: a fresh URL, the upgrade, the greeting if the scheme has one, and the meaning
// of a refusal.
//
// Threads: any.

#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include <pintle/live.h>

#include "connection/connection_context.h"
#include "connection/credentials/credentials.h"
#include "connection/rest_calls.h"
#include "connection/ws_offer.h"
#include "live/opener.h"

namespace pintle {

class WsDial {
 public:
  /// All must outlive this.
  WsDial(ConnectionContext& context, GatewayChoice& gateway, Credentials& credentials,
         RestCalls& calls)
      : context_(context), gateway_(gateway), credentials_(credentials), calls_(calls) {}

  /// Returns `url` with a credential that opens the WebSocket. A greeting is the caller's.
  OperationOutcome resolve(const std::string& url, const std::stop_token& cancel, bool& may_renew);
  /// Called between the two halves of a dial: the URL is resolved, and its ticket minted, and the
  /// upgrade is about to be sent. A second try calls it again.
  using OnResolved = std::function<void(const OperationOutcome& resolved)>;

  /// Passes on a client's upgrade: `fields` are its header without credentials, `url` is the
  /// WebSocket's without one. Returns the 101 with its stream, greeted if the scheme greets, or
  /// a refusal that is for the client.
  /// Blocks; throws Error if the credential is missing or was refused.
  net::Upgraded pass_on(const std::string& url, const Headers& fields,
                        const std::stop_token& cancel);
  /// Opens the WebSocket and greets. Blocks; throws Error that names the layer and what to do.
  live::Opened dial(const LiveOptions& options, const std::stop_token& cancel,
                    const OnResolved& on_resolved = {});

 private:
  // The result of a refused dial.
  struct Refusal {
    OperationOutcome resolved{};
    HttpResponse response{};
  };

  // An upgrade that was sent, and what was agreed.
  struct Tried {
    Credential used;
    net::Upgraded upgraded{};
    ws::Upgraded agreed{};
  };

  // Handles a failure that may be about the credential `used`: returns if the operation should be
  // tried once more with another one.
  void doubt(const Credential& used, const Error& error, bool last_try, bool& may_renew);
  Tried upgrade(const OperationOutcome& resolved, WsOffer& offer, const std::stop_token& cancel,
                bool& may_renew);
  void greet(Tried& tried, const std::stop_token& cancel);
  Tried attempt(const std::string& url, WsOffer& offer, const std::stop_token& cancel,
                bool& may_renew, OperationOutcome& resolved, const OnResolved& on_resolved);
  std::optional<live::Opened> try_dial(const LiveOptions& options, const std::stop_token& cancel,
                                       bool& may_renew, Refusal& refusal,
                                       const OnResolved& on_resolved);

  ConnectionContext& context_;
  GatewayChoice& gateway_;
  Credentials& credentials_;
  RestCalls& calls_;
};

}  // namespace pintle
