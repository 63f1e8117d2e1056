// SPDX-License-Identifier: Apache-2.0
#include "settings/origin_transports.h"

#include <algorithm>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/core/gateway/plain_http.h>

namespace pintle {

net::Transport& OriginTransports::to(const Origin& origin) {
  if (origin == settings_.url.origin()) return gateway_;
  const auto name = origin.text();
  const auto& allowed = settings_.allowed_origins;
  if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
    throw Error(Layer::plugin, "the connection's settings do not allow the origin " + name)
        .with_hint("Allow it with --allow-origin " + name + " if you trust it.");
  }
  const MutexLock lock(mutex_);
  auto& transport = others_[name];
  if (!transport) {
    auto settings = gateway_.settings_for(GatewayUrl::parse(name));
    if (!settings_.allow_plain_http && is_exposed(settings.gateway)) {
      throw plain_http_error("a secret", settings.gateway);
    }
    transport = std::make_unique<net::Transport>(std::move(settings));
  }
  return *transport;
}

void OriginTransports::close_idle() {
  gateway_.close_idle();
  const MutexLock lock(mutex_);
  for (const auto& [name, transport] : others_) {
    if (transport) transport->close_idle();
  }
}

}  // namespace pintle
