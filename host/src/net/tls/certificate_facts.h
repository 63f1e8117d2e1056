// SPDX-License-Identifier: Apache-2.0
//
// What certificates and a TLS handshake say, as text for errors and for a diagnosis.
//
// Threads: pure functions and values.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace pintle::net {

/// Printable, whatever the certificate contains.
struct CertificateFacts {
  std::string subject;  ///< "CN = gateway.example".
  std::string issuer;
  std::vector<std::string> names;  ///< The host names and addresses that it is for.
  std::int64_t begins_ms = 0;      ///< Unix time in milliseconds; 0: unreadable.
  std::int64_t ends_ms = 0;
};

struct TlsFacts {
  std::string protocol;                 ///< "TLSv1.3"; empty if there was no agreement.
  std::string cipher;                   ///< Empty if there was no agreement.
  std::vector<CertificateFacts> chain;  ///< As the server sent it, its own certificate first.
  bool issuer_is_unknown = false;       ///< Why the verification failed.
  bool asks_for_certificate = false;    ///< The server asked for a client certificate.
  /// Whose certificates it accepts; empty: it did not say.
  std::vector<std::string> accepted_issuers{};
  std::optional<CertificateFacts> client{};  ///< The certificate that there is to show.
};

std::string text_of(const X509_NAME* name);
/// "Nov 27 08:00:00 2026 GMT".
std::string text_of(const ASN1_TIME* time);
/// Returns the DNS names and IP addresses of the subject alternative names.
std::vector<std::string> names_in(X509* certificate);

CertificateFacts facts_of(X509* certificate);
/// At most the first 10 certificates; `chain` may be null.
std::vector<CertificateFacts> facts_of(const STACK_OF(X509) * chain);
/// At most the first 20 names; `names` may be null.
std::vector<std::string> texts_of(const STACK_OF(X509_NAME) * names);
/// After a finished handshake.
TlsFacts facts_of(SSL* ssl);

}  // namespace pintle::net
