// SPDX-License-Identifier: Apache-2.0
//
// Records the result of certificate verification, for the handshake's error.
//
// Threads: a record belongs to the thread that does the handshake.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <pintle/core/base/error.h>

#include "net/tls/certificate_facts.h"
#include "net/tls/certificate_request.h"

namespace pintle::net {

/// During its lifetime, records why this thread's certificate verification fails.
class TlsCheck {
 public:
  TlsCheck();
  ~TlsCheck();
  TlsCheck(const TlsCheck&) = delete;
  TlsCheck& operator=(const TlsCheck&) = delete;

  /// For SSL_CTX_set_verify: records, and never changes the result.
  static int on_verify(int ok, X509_STORE_CTX* store);

  /// For SSL_CTX_set_info_callback: records the handshake's SSL, which Poco does not expose, and
  /// the server's alerts, after the handshake too.
  static void on_info(const SSL* ssl, int where, int value);
  SSL* ssl() const noexcept { return ssl_; }

  /// For SSL_CTX_set_cert_cb: records that the server asks for a certificate.
  static int on_certificate_request(SSL* ssl, void* unused);
  /// Returns what the server said about client certificates in this handshake.
  const CertificateRequest& certificate_request() const noexcept { return request_; }
  const std::vector<std::string>& accepted_issuers() const noexcept { return accepted_issuers_; }

  /// For SSL_CTX_set_msg_callback: records the first bytes that the server sends.
  static void on_message(int is_written, int version, int type, const void* data, std::size_t size,
                         SSL* ssl, void* unused);
  /// Returns the head of the server's first TLS record, or the five bytes in its place; empty if it
  /// sent less.
  const std::string& first_bytes() const noexcept { return first_bytes_; }

  bool failed() const noexcept { return code_ != X509_V_OK; }
  /// Returns whether it failed because no trusted issuer of the certificate is known.
  bool issuer_is_unknown() const noexcept;

  /// Returns an Error(tls) with the failed check and the certificate's details. `own_trust`: a CA
  /// file was given.
  Error error(const std::string& peer, const std::string& host, bool own_trust) const;
  /// Returns the certificates of a failed verification, as the server sent them.
  std::vector<CertificateFacts> sent_chain() const { return facts_of(sent_); }

 private:
  SSL* ssl_ = nullptr;
  int code_ = X509_V_OK;
  X509* certificate_ = nullptr;  // The one that failed.
  X509* leaf_ = nullptr;
  STACK_OF(X509) * sent_ = nullptr;
  CertificateRequest request_;
  std::vector<std::string> accepted_issuers_;
  std::string first_bytes_;
};

}  // namespace pintle::net
