// Makes new connections to one host: name, TCP, proxy tunnel, TLS, each with its own time limit and
// its own layer of error.
//
// Threads: any, at the same time.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/limits.h"
#include "net/proxy_rules.h"
#include "net/resolver.h"
#include "net/stream.h"
#include "net/tls.h"
#include "net/watchdog.h"

namespace pintle::net {

struct DialSettings {
  std::string host;  ///< A name or an address, IPv6 without brackets.
  std::uint16_t port = 0;
  bool secure = false;
  std::string ca_file{};  ///< Trusted instead of the system's store; empty for the system's.
  ProxyRules proxies{};
  ConnectLimits limits{};
  Lookup lookup = system_lookup;
};

class Dialer {
 public:
  /// Throws Error(config) where the CA file is not usable, or the proxy that the environment names.
  explicit Dialer(DialSettings settings);

  /// A connection that is ready for HTTP. `watch` must be fresh; it is left without a deadline and
  /// detached. Throws Error(dns, tcp, proxy or tls).
  Stream dial(Watch& watch, const CancelToken& cancel, TimePoint total_deadline);

  /// To be called once for a connection, after its first answer: keeps its TLS session.
  void remember_session(Stream& stream);

 private:
  DialSettings settings_;
  std::string authority_;  // "host:port", with brackets where IPv6.
  std::optional<ProxySettings> proxy_;
  std::unique_ptr<TlsClient> tls_;
};

}  // namespace pintle::net
