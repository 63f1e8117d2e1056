// SPDX-License-Identifier: Apache-2.0
//
// TLS towards one host: what is trusted, what is checked, and what a failed check says.
//
// Threads: any, once made.

#pragma once

#include <mutex>
#include <string>

#include <Poco/Net/Context.h>
#include <Poco/Net/Session.h>

#include "net/stream.h"
#include "net/tls/trust_store.h"
#include "net/watchdog.h"

namespace pintle::net {

/// The client side of TLS 1.2 and newer for one host: its certificate must be valid, come from a
/// trusted issuer, and name the host, on loopback too. There is no switch to turn that off.
class TlsClient {
 public:
  /// `host` is a name or an address without brackets. `ca_file` holds the trusted certificates as
  /// PEM, in the place of the system's; empty for the system's. Throws Error(config), naming the
  /// file, where it cannot be read or holds no certificate.
  TlsClient(std::string host, const std::string& ca_file);

  /// Shakes hands over a connected socket. `peer` is "host:port". Throws Error(tls) that says which
  /// check failed. `watch`, attached to the socket, ends it early; its deadline and cancel make an
  /// Error(tls) too. `limit_ms` is what the error says the limit was.
  Stream shake_hands(const Poco::Net::StreamSocket& socket, const std::string& peer, Watch& watch,
                     long long limit_ms);

  /// Keeps the session of a connection that has had an answer, so that the next handshake is cheap
  /// (TLS 1.3 sends it after the handshake).
  void remember_session(Stream& stream);

 private:
  TrustStore trusted_;  // Held so that it stays shared; the context counts for itself.
  Poco::Net::Context::Ptr context_;
  std::string host_;
  bool host_is_address_ = false;
  bool own_trust_ = false;
  std::mutex mutex_;
  Poco::Net::Session::Ptr session_;
};

}  // namespace pintle::net
