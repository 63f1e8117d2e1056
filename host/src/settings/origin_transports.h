// SPDX-License-Identifier: Apache-2.0
//
// The transports of one connection: to its gateway, and to the other origins that its settings
// allow, such as an identity provider or a separate WebSocket server.
//
// Threads: any.

#pragma once

#include <map>
#include <memory>
#include <string>

#include <pintle/core/gateway/gateway_url.h>
#include <pintle/settings.h>

#include "base/mutex.h"
#include "net/transport.h"

namespace pintle {

class OriginTransports {
 public:
  /// Both must outlive this.
  OriginTransports(net::Transport& gateway, const ConnectionSettings& settings)
      : gateway_(gateway), settings_(settings) {}

  /// Returns the transport to `origin`, with the TLS settings, the proxy and the time limits of the
  /// gateway's. It lives as long as this. Throws Error(plugin) if the settings do not allow the
  /// origin, and Error(config) for plain http to another machine unless they allow it.
  net::Transport& to(const Origin& origin);

  net::Transport& gateway() noexcept { return gateway_; }
  /// Closes the idle connections to all of them. Call it when the network changes.
  void close_idle();

 private:
  net::Transport& gateway_;
  const ConnectionSettings& settings_;
  Mutex mutex_;
  std::map<std::string, std::unique_ptr<net::Transport>> others_ PINTLE_GUARDED_BY(mutex_);
};

}  // namespace pintle
