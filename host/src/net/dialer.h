// SPDX-License-Identifier: Apache-2.0
//
// Makes new connections to one host: name, TCP, proxy tunnel, TLS, each with its own time limit and
// its own layer of error.
//
// Threads: any, at the same time.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/limits.h"
#include "net/proxy/proxy_rules.h"
#include "net/resolver.h"
#include "net/stream.h"
#include "net/tls/tls.h"
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
  /// The same, with a limit of its own for the TLS handshake.
  Stream dial(Watch& watch, const CancelToken& cancel, TimePoint total_deadline,
              std::chrono::milliseconds tls_limit);

  /// True if the port speaks https and the settings say http, or the other way round. Asks it over
  /// a connection of its own, without any credential or extra header. Blocks until `deadline` at
  /// most.
  bool speaks_other_scheme(const CancelToken& cancel, TimePoint deadline);

  /// To be called once for a connection, after its first answer: keeps its TLS session.
  void remember_session(Stream& stream);

 private:
  Poco::Net::StreamSocket connect(Watch& watch, const CancelToken& cancel,
                                  TimePoint total_deadline);
  Stream shake_hands(TlsClient& tls, const Poco::Net::StreamSocket& socket, Watch& watch,
                     TimePoint deadline) const;
  bool answers_http(Stream stream, Watch& watch, TimePoint deadline) const;

  DialSettings settings_;
  std::string authority_;  // "host:port", with brackets where IPv6.
  std::optional<ProxySettings> proxy_;
  std::unique_ptr<TlsClient> tls_;
};

}  // namespace pintle::net
