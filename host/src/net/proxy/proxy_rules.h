// SPDX-License-Identifier: Apache-2.0
//
// Selects the forward proxy for a host: from the settings, from the environment, or none.
//
// Threads: a value. `find` reads the environment, so it must not run in parallel with a setenv.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "net/proxy/proxy.h"

namespace pintle::net {

/// Returns the value of an environment variable, or an empty text if it is not set.
using Variables = std::function<std::string(const char* name)>;
std::string process_variable(const char* name);

class ProxyRules {
 public:
  /// Never uses a proxy.
  ProxyRules() = default;

  /// Uses this proxy for every host.
  void use(ProxySettings proxy) { proxy_ = std::move(proxy); }
  /// Reads the same variables as curl, in the same order: http_proxy (only in lower case, since a
  /// web server sets HTTP_PROXY to a header of its client), or https_proxy and HTTPS_PROXY, by the
  /// gateway's scheme; then all_proxy and ALL_PROXY. Hosts in no_proxy or NO_PROXY never use a
  /// proxy, not even that of `use`.
  void read(Variables variables) { variables_ = std::move(variables); }
  /// Sets the credentials for a proxy that has none.
  void sign_in_with(std::shared_ptr<const ProxyCredentials> credentials) {
    credentials_ = std::move(credentials);
  }

  /// Returns the proxy for `host` (a name or an address without brackets), or nullopt for a direct
  /// connection. Unlike curl, never uses a proxy for loopback: it would reach the proxy's machine,
  /// and send unencrypted what may be sent so only to this one. Throws Error(config) if the
  /// selected variable is invalid.
  std::optional<ProxySettings> find(const std::string& host, std::uint16_t port, bool secure) const;

 private:
  std::optional<ProxySettings> from_variables(bool secure) const;

  std::optional<ProxySettings> proxy_;
  Variables variables_;  // empty: the environment is not read
  std::shared_ptr<const ProxyCredentials> credentials_;
};

}  // namespace pintle::net
