// SPDX-License-Identifier: Apache-2.0
//
// Makes new connections to one host: DNS, TCP, proxy tunnel, TLS, each with its own time limit and
// error layer.
//
// Threads: any, at the same time.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "log/instruments.h"
#include "net/dial_times.h"
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
  std::string ca_file{};  ///< Trusted instead of the system's store, if not empty.
  std::shared_ptr<ClientCertificate> client_certificate{};  ///< Shown if asked for; may be null.
  ProxyRules proxies{};
  ConnectLimits limits{};
  Lookup lookup = system_lookup;
  Instruments instruments{};
};

class Dialer {
 public:
  /// Throws Error(config) if the CA file or the environment's proxy is unusable.
  explicit Dialer(DialSettings settings);

  /// Returns a connection that is ready for HTTP. `watch` must be new; on return it is detached and
  /// has no deadline. Throws Error(dns, tcp, proxy or tls), and Error(config) if the client
  /// certificate is unusable.
  Stream dial(Watch& watch, const CancelToken& cancel, TimePoint total_deadline);
  /// The same, with a separate limit for the TLS handshake. Fills in `times` even if it throws.
  Stream dial(Watch& watch, const CancelToken& cancel, TimePoint total_deadline,
              std::chrono::milliseconds tls_limit, DialTimes& times);

  /// Returns whether the port speaks https and the settings say http, or the reverse. Tests it over
  /// a separate connection, without credentials or extra headers. Blocks at most until `deadline`.
  bool speaks_other_scheme(const CancelToken& cancel, TimePoint deadline);

  /// Stores the connection's TLS session. Call it once per connection, after its first answer.
  void remember_session(Stream& stream);

 private:
  Poco::Net::StreamSocket connect(Watch& watch, const CancelToken& cancel, TimePoint total_deadline,
                                  DialTimes& times);
  Poco::Net::StreamSocket connect_to_peer(Watch& watch, const CancelToken& cancel,
                                          TimePoint total_deadline, DialTimes& times);
  Stream shake_hands(TlsClient& tls, const Poco::Net::StreamSocket& socket, Watch& watch,
                     TimePoint deadline, const ClientIdentityPtr& identity, DialTimes& times) const;
  void log_step(SafeText area, SafeText event, const std::string& to) const;
  bool answers_http(Stream stream, Watch& watch, TimePoint deadline) const;

  DialSettings settings_;
  std::string authority_;  // "host:port", with brackets for IPv6.
  std::optional<ProxySettings> proxy_;
  std::unique_ptr<TlsClient> tls_;
};

}  // namespace pintle::net
