// SPDX-License-Identifier: Apache-2.0
#include "connection/connection_context.h"

#include <chrono>
#include <utility>

#include "settings/transport_settings.h"

namespace pintle {

ConnectionContext::ConnectionContext(std::shared_ptr<HostImpl> host_impl, ConnectionSettings given)
    // In braces, which are evaluated from the left: the settings are read, then moved.
    : ConnectionContext{transport_settings(given, host_impl->options.proxy_environment),
                        std::move(host_impl), std::move(given)} {}

ConnectionContext::ConnectionContext(net::TransportSettings made,
                                     std::shared_ptr<HostImpl> host_impl, ConnectionSettings given)
    : settings(std::move(given)),
      host(std::move(host_impl)),
      route(route_to_gateway(settings, made)),
      transport(std::move(made)),
      store(session_store_of(host->options, settings)) {}

net::ExchangeLimits ConnectionContext::limits(const std::stop_token& cancel) const {
  net::ExchangeLimits made;
  made.total = std::chrono::milliseconds(settings.request_ms);
  made.first_byte = made.total;
  made.cancel = cancel;
  return made;
}

CancellableMutex::Guard ConnectionContext::take_operation(const std::stop_token& cancel) {
  return operation_.take(cancel, settings.request_ms);
}

}  // namespace pintle
