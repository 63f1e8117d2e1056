// SPDX-License-Identifier: Apache-2.0
//
// What a server says about client certificates on one connection, and whether it refused.
//
// Threads: as the connection.

#pragma once

#include <optional>
#include <string>

#include <openssl/ssl.h>

#include <pintle/core/base/error.h>

namespace pintle::net {

struct CertificateRequest {
  bool is_asked = false;  ///< The server asked for a certificate. Never in a resumed session.
  std::string shown{};    ///< The subject of the one that was shown; empty: none.
  int alert = 0;          ///< The server's last TLS alert (RFC 8446 6); 0: none or close_notify.
};

/// Returns that of a connection, which lives as long as `ssl`; null without memory.
CertificateRequest* certificate_request_of(SSL* ssl);

/// Returns Error(tls) if a connection to `peer` that ended without an answer did so because of the
/// client certificate: the server asked and was shown none, or its alert refuses the one shown.
std::optional<Error> refusal_of(const CertificateRequest& request, const std::string& peer);
/// The same for a connection after its handshake.
std::optional<Error> certificate_refusal_of(SSL* ssl, const std::string& peer);

}  // namespace pintle::net
