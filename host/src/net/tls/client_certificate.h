// SPDX-License-Identifier: Apache-2.0
//
// The client certificate of a connection: read from its files, and again after they have changed.
//
// Threads: any.

#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <pintle/core/base/secret.h>

#include "base/cancellable_mutex.h"
#include "net/tls/certificate_facts.h"

namespace pintle::net {

struct ClientCertificateSettings {
  std::string certificate;  ///< A PEM file with its chain, a PKCS#12 file, or a "pkcs11:" URI.
  std::string key{};        ///< A PEM file or a "pkcs11:" URI; empty: in `certificate`.
  /// Returns the passphrase, or the PIN of the token. Throws Error(config). Empty: there is none.
  std::function<Secret(const std::stop_token&)> passphrase{};
};

/// A certificate as it was read. Immutable.
struct ClientIdentity {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<STACK_OF(X509)> chain;  ///< Its issuers; may be empty.
};
using ClientIdentityPtr = std::shared_ptr<const ClientIdentity>;

/// Reads it now. The passphrase is read only if it is needed. Throws Error(config) that names the
/// file and the reason, and never what is in it.
ClientIdentityPtr read_client_identity(const ClientCertificateSettings& settings,
                                       const std::stop_token& cancel);

class ClientCertificate {
 public:
  explicit ClientCertificate(ClientCertificateSettings settings) : settings_(std::move(settings)) {}

  /// Returns the one of the last call if its files are unchanged (inode, size, times), else reads
  /// them. If that fails and there is an earlier one, returns that: a certificate that is renewed
  /// may have its new key a moment later. Blocks on the passphrase's source. Throws Error(config),
  /// and Error(tcp) on a cancel.
  ClientIdentityPtr current(const std::stop_token& cancel);

 private:
  const ClientCertificateSettings settings_;
  CancellableMutex reading_{"the client certificate"};
  ClientIdentityPtr identity_;  // Both under reading_.
  std::string stamp_;
};

bool is_pkcs11_uri(std::string_view text) noexcept;

}  // namespace pintle::net
