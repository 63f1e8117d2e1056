// SPDX-License-Identifier: Apache-2.0
//
// What certificate verification found, kept until the handshake's error is written.
//
// Threads: a record belongs to the thread that shakes hands.

#pragma once

#include <string>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <pintle/core/base/error.h>

namespace pintle::net {

/// While it lives, takes down why this thread's certificate verification fails.
class TlsCheck {
 public:
  TlsCheck();
  ~TlsCheck();
  TlsCheck(const TlsCheck&) = delete;
  TlsCheck& operator=(const TlsCheck&) = delete;

  /// For SSL_CTX_set_verify: records, and never changes the verdict.
  static int on_verify(int ok, X509_STORE_CTX* store);

  /// For SSL_CTX_set_info_callback: takes down whose handshake it is. Poco keeps it to itself.
  static void on_info(const SSL* ssl, int where, int value);
  SSL* ssl() const noexcept { return ssl_; }

  /// For SSL_CTX_set_client_cert_cb: takes down that the server asks for a certificate, and has
  /// none to give.
  static int on_certificate_request(SSL* ssl, X509** certificate, EVP_PKEY** key);
  /// True if the server asked for one in this handshake.
  bool was_asked_for_certificate() const noexcept { return asked_for_certificate_; }
  /// The same, to be asked at any time while the connection lives.
  static bool was_asked_for_certificate(const SSL* ssl) noexcept;

  bool failed() const noexcept { return code_ != X509_V_OK; }

  /// Error(tls) that says which check failed and what the certificate showed. `own_trust` tells
  /// whether a CA file was given.
  Error error(const std::string& peer, const std::string& host, bool own_trust) const;

 private:
  SSL* ssl_ = nullptr;
  int code_ = X509_V_OK;
  X509* certificate_ = nullptr;  // The one that failed.
  X509* leaf_ = nullptr;
  bool asked_for_certificate_ = false;
};

}  // namespace pintle::net
