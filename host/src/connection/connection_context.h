// SPDX-License-Identifier: Apache-2.0
//
// The state that the parts of a connection share: settings, transport, store and the lock of its
// operations.
//
// Threads: any. Outlives every part.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include <pintle/session_store.h>
#include <pintle/settings.h>

#include "base/cancellable_mutex.h"
#include "connection/host_impl.h"
#include "connection/saved_name.h"
#include "log/instruments.h"
#include "net/transport.h"
#include "settings/origin_transports.h"

namespace pintle {

class ConnectionContext {
 public:
  ConnectionContext(std::shared_ptr<HostImpl> host_impl, ConnectionSettings given);

  /// For a request that ends with `cancel`.
  net::ExchangeLimits limits(const std::stop_token& cancel) const;

  /// A scheme instance has one operation at a time, and the choice of the scheme is part of the
  /// first. Never locked while waiting for the user. Throws Error(tcp) if it takes longer than a
  /// request may.
  CancellableMutex::Guard take_operation(const std::stop_token& cancel);

  std::int64_t now_ms() const { return host->options.now_ms(); }
  const Log& log() const noexcept { return instruments.log; }
  ConnectionMeter& meter() const noexcept { return *instruments.meter; }
  /// What no text may show.
  KnownSecrets& secrets() const noexcept { return *instruments.secrets; }

  /// Returns `own`, the `traceparent` that the app provides for a call or a dial; if it is empty, a
  /// new one if the host makes them, else nothing.
  std::string traceparent(std::string_view own) const;

  const ConnectionSettings settings;
  const std::shared_ptr<HostImpl> host;
  const Instruments instruments;
  const std::string route;  ///< To the gateway: its answers depend on the URL and this.
  net::Transport transport;
  OriginTransports origins;  ///< `transport`, and those to the other allowed origins.
  const std::shared_ptr<SessionStore> store;  ///< May be null.
  const SavedName saved_name;
  /// Called after another process's or machine's session was taken over, on a thread of the store.
  /// Set before the first request; may be empty.
  std::function<void()> session_taken_over{};

 private:
  ConnectionContext(net::TransportSettings made, std::shared_ptr<HostImpl> host_impl,
                    ConnectionSettings given);

  CancellableMutex operation_{"another operation"};
};

}  // namespace pintle
