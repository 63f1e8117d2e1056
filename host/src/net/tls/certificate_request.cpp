// SPDX-License-Identifier: Apache-2.0
#include "net/tls/certificate_request.h"

#include <memory>
#include <new>

#include <pintle/core/http/wrong_protocol.h>

namespace pintle::net {
namespace {

void free_request(void*, void* data, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<CertificateRequest*>(data);  // NOLINT: OpenSSL owns it
}

int slot() {
  static const int kIndex = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, &free_request);
  return kIndex;
}

// These follow a client's certificate alone. A missing one also ends with them, or with
// handshake_failure (TLS 1.2), or with no alert at all.
bool is_about_certificate(int alert) {
  switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_DECRYPT_ERROR:
      return true;
    default:
      return false;
  }
}

}  // namespace

// Called by OpenSSL, through which no exception may pass.
CertificateRequest* certificate_request_of(SSL* ssl) {
  auto* known = static_cast<CertificateRequest*>(SSL_get_ex_data(ssl, slot()));
  if (known != nullptr) return known;
  std::unique_ptr<CertificateRequest> made(new (std::nothrow) CertificateRequest);
  if (!made || SSL_set_ex_data(ssl, slot(), made.get()) != 1) return nullptr;
  return made.release();
}

std::optional<Error> refusal_of(const CertificateRequest& request, const std::string& peer) {
  const bool is_missing = request.is_asked && request.shown.empty();
  if (is_missing || request.alert == SSL_AD_CERTIFICATE_REQUIRED) {
    return client_certificate_error(peer);
  }
  if (!request.is_asked || !is_about_certificate(request.alert)) return std::nullopt;
  return refused_certificate_error(peer, request.shown, SSL_alert_desc_string_long(request.alert));
}

std::optional<Error> certificate_refusal_of(SSL* ssl, const std::string& peer) {
  const auto* request = certificate_request_of(ssl);
  return request == nullptr ? std::nullopt : refusal_of(*request, peer);
}

}  // namespace pintle::net
