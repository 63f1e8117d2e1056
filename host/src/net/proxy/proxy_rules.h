// SPDX-License-Identifier: Apache-2.0
//
// Which forward proxy a host is reached through: the one of the settings, one of the environment,
// or none.
//
// Threads: a value. The environment is read in `find`, which must not run beside a setenv.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/proxy/proxy.h"

namespace pintle::net {

/// The value of an environment variable; empty if it is not set.
using Variables = std::function<std::string(const char* name)>;
std::string process_variable(const char* name);

class ProxyRules {
 public:
  /// No proxy, ever.
  ProxyRules() = default;

  /// This proxy for every host.
  void use(ProxySettings proxy) { proxy_ = std::move(proxy); }
  /// The variables that curl reads, in its order: http_proxy (in lower case alone, since a web
  /// server sets HTTP_PROXY to a header of its client) or https_proxy and HTTPS_PROXY by the
  /// gateway's scheme, then all_proxy and ALL_PROXY. What no_proxy or NO_PROXY lists is reached
  /// directly, also without a proxy of the environment.
  void read(Variables variables) { variables_ = std::move(variables); }
  /// For a proxy that has none of its own.
  void sign_in_with(std::shared_ptr<const ProxyCredentials> credentials) {
    credentials_ = std::move(credentials);
  }

  /// The proxy to reach `host` (a name or an address without brackets) through; nothing: directly.
  /// Loopback never has one, unlike with curl: a proxy would reach its own machine, and what may
  /// travel unencrypted to this machine would travel so to another. Throws Error(config) if the
  /// variable that counts cannot be read.
  std::optional<ProxySettings> find(const std::string& host, std::uint16_t port, bool secure) const;

 private:
  std::optional<ProxySettings> from_variables(bool secure) const;

  std::optional<ProxySettings> proxy_;
  Variables variables_;  // empty: the environment is not read
  std::shared_ptr<const ProxyCredentials> credentials_;
};

}  // namespace pintle::net
