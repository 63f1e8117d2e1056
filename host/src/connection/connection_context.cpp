// SPDX-License-Identifier: Apache-2.0
#include "connection/connection_context.h"

#include <chrono>
#include <utility>

#include "settings/transport_settings.h"

namespace pintle {
namespace {

Instruments instruments_of(const HostOptions& options, const ConnectionSettings& settings) {
  Instruments made;
  made.log = Log(options.log, options.now_ms,
                 settings.name.empty() ? settings.url.display_text() : settings.name, made.secrets);
  return made;
}

net::TransportSettings with_instruments(net::TransportSettings made,
                                        const Instruments& instruments) {
  made.instruments = instruments;
  return made;
}

}  // namespace

ConnectionContext::ConnectionContext(std::shared_ptr<HostImpl> host_impl, ConnectionSettings given)
    // In braces, which are evaluated from the left: the settings are read, then moved.
    : ConnectionContext{transport_settings(given, host_impl->options.proxy_environment),
                        std::move(host_impl), std::move(given)} {}

ConnectionContext::ConnectionContext(net::TransportSettings made,
                                     std::shared_ptr<HostImpl> host_impl, ConnectionSettings given)
    : settings(std::move(given)),
      host(std::move(host_impl)),
      instruments(instruments_of(host->options, settings)),
      route(route_to_gateway(settings, made)),
      transport(with_instruments(std::move(made), instruments)),
      origins(transport, settings),
      store(session_store_of(host->options, settings)),
      saved_name(host->options, settings) {}

net::ExchangeLimits ConnectionContext::limits(const std::stop_token& cancel) const {
  net::ExchangeLimits made;
  made.total = std::chrono::milliseconds(settings.request_ms);
  made.first_byte = made.total;
  made.cancel = cancel;
  return made;
}

std::string ConnectionContext::traceparent(std::string_view own) const {
  if (!own.empty() || host->options.trace_context == TraceContext::none) return std::string(own);
  return new_traceparent();
}

CancellableMutex::Guard ConnectionContext::take_operation(const std::stop_token& cancel) {
  return operation_.take(cancel, settings.request_ms);
}

}  // namespace pintle
