// SPDX-License-Identifier: Apache-2.0
//
// Serves one HTTP/1.1 connection: requests and responses, until it ends or becomes a WebSocket.
//
// Threads: each connection's own; a Site is called from all of them.

#pragma once

#include <cstdint>
#include <string>

#include <Poco/Event.h>

#include "practice/server/message.h"
#include "practice/server/wire.h"

namespace pintle::practice {

/// Responds to requests: the gateway, and the identity provider on its own port.
class Site {
 public:
  virtual ~Site() = default;
  virtual Answer answer(Request& request) = 0;
  /// Returns the time of its responses, Unix milliseconds.
  virtual std::int64_t date_ms() const = 0;
  /// Runs the WebSocket after a response with `websocket` set; `head` is the 101, not sent yet.
  virtual void websocket(const Request& request, Wire& wire, const ws::Upgraded& agreed,
                         std::string head) = 0;
};

/// Serves `wire` until it ends, is idle for `idle_ms`, or `stopping` is set.
void serve_connection(Wire& wire, Site& site, Poco::Event& stopping, std::int64_t idle_ms);

}  // namespace pintle::practice
