// SPDX-License-Identifier: Apache-2.0
//
// Opens WebSockets: a fresh URL, the upgrade, and the meaning of a refusal.
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
#include "live/opener.h"

namespace pintle {

class WsDial {
 public:
  /// All must outlive this.
  WsDial(ConnectionContext& context, Credentials& credentials, RestCalls& calls)
      : context_(context), credentials_(credentials), calls_(calls) {}

  /// Returns `url` with a credential that opens the WebSocket.
  OperationOutcome resolve(const std::string& url, const std::stop_token& cancel, bool& may_renew);
  /// Called between the two halves of a dial: the URL is resolved, and its ticket minted, and the
  /// upgrade is about to be sent. A second try calls it again.
  using OnResolved = std::function<void(const OperationOutcome& resolved)>;

  /// Opens the WebSocket. Blocks; throws Error that names the layer and what to do.
  live::Opened dial(const LiveOptions& options, const std::stop_token& cancel,
                    const OnResolved& on_resolved = {});

 private:
  // The result of a refused dial.
  struct Refusal {
    OperationOutcome resolved{};
    HttpResponse response{};
  };

  std::optional<live::Opened> try_dial(const LiveOptions& options, const std::stop_token& cancel,
                                       bool& may_renew, Refusal& refusal,
                                       const OnResolved& on_resolved);

  ConnectionContext& context_;
  Credentials& credentials_;
  RestCalls& calls_;
};

}  // namespace pintle
