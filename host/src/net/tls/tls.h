// SPDX-License-Identifier: Apache-2.0
//
// The TLS client for one host: its trusted certificates, its checks, and their errors.
//
// Threads: any, once made.

#pragma once

#include <string>

#include <Poco/Net/Context.h>
#include <Poco/Net/Session.h>

#include "base/mutex.h"
#include "net/stream.h"
#include "net/tls/certificate_facts.h"
#include "net/tls/client_certificate.h"
#include "net/tls/trust_store.h"
#include "net/watchdog.h"

namespace pintle::net {

/// The client side of TLS 1.2 and newer for one host. The host's certificate must be valid, from a
/// trusted issuer, and for that host, on loopback too. This cannot be turned off.
class TlsClient {
 public:
  /// `host` is a name or an address without brackets. `ca_file` is a PEM file of trusted
  /// certificates that replaces the system's, or empty. Throws Error(config) with the file's name
  /// if it cannot be read or contains no certificate.
  TlsClient(std::string host, const std::string& ca_file);

  /// Does the handshake over a connected socket. `peer` is "host:port". `watch`, which is attached
  /// to the socket, interrupts it. `limit_ms` is the limit that the error names. Throws Error(tls)
  /// with the failed check, also at the watch's deadline and on its cancel. `identity`, if not
  /// null, is shown to a server that asks. `facts`, if not null, receives what is known of the
  /// server, also if it throws.
  Stream shake_hands(const Poco::Net::StreamSocket& socket, const std::string& peer, Watch& watch,
                     long long limit_ms, const ClientIdentityPtr& identity,
                     TlsFacts* facts = nullptr);

  /// Stores the session of a connection that has received an answer, so that the next handshake is
  /// cheap (TLS 1.3 sends the session after the handshake). Not that of an earlier certificate.
  void remember_session(Stream& stream);

 private:
  /// What a handshake begins with. Each client certificate has its own, so that no session of
  /// another is resumed.
  struct Start {
    Poco::Net::Context::Ptr context;
    Poco::Net::Session::Ptr session;
    ClientIdentityPtr identity;
  };

  Start start_with(const ClientIdentityPtr& identity);

  TrustStore trusted_;  // Keeps the store shared; the context has its own reference.
  std::string host_;
  bool host_is_address_ = false;
  bool own_trust_ = false;
  Mutex mutex_;
  Start start_ PINTLE_GUARDED_BY(mutex_);
};

}  // namespace pintle::net
