// SPDX-License-Identifier: Apache-2.0
//
// What an upgrade to a WebSocket offers, and what the gateway chose of it: for a dial of our own,
// and for one that is passed on for a client.
//
// Threads: one at a time.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include <pintle/core/http/headers.h>
#include <pintle/core/ws/ws_handshake.h>
#include <pintle/live_options.h>

#include "scheme/operation_runner.h"

namespace pintle {

class WsOffer {
 public:
  virtual ~WsOffer() = default;
  /// Returns the header fields of the upgrade, without credentials. `greets`: the greeting reads
  /// what follows the 101, so no extension is offered.
  virtual Headers fields(const OperationOutcome& resolved, bool greets) = 0;
  /// Checks the 101 to the last `fields`. Throws Error(websocket) if it does not accept them.
  virtual ws::Upgraded check(HttpResponse& response) = 0;
};

/// A dial with these options.
class OwnOffer final : public WsOffer {
 public:
  /// `options` must outlive this.
  explicit OwnOffer(const LiveOptions& options) : options_(options) {}
  ~OwnOffer() override;
  OwnOffer(const OwnOffer&) = delete;
  OwnOffer& operator=(const OwnOffer&) = delete;

  Headers fields(const OperationOutcome& resolved, bool greets) override;
  ws::Upgraded check(HttpResponse& response) override;

 private:
  const LiveOptions& options_;
  ws::Upgrade upgrade_;
};

/// A client's upgrade. Its key and its extensions are its own, and the client checks the response.
class ClientOffer final : public WsOffer {
 public:
  /// `fields`: the client's header without credentials; must outlive this.
  explicit ClientOffer(const Headers& fields) : own_(fields) {}

  Headers fields(const OperationOutcome& resolved, bool greets) override;
  /// Removes a subprotocol from the response that the client did not offer.
  ws::Upgraded check(HttpResponse& response) override;

 private:
  const Headers& own_;
  bool greets_ = false;
};

}  // namespace pintle
