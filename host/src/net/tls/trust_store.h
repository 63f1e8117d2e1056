// SPDX-License-Identifier: Apache-2.0
//
// The certificates that a connection trusts: the system's, or those of a file.
//
// Threads: any.

#pragma once

#include <memory>
#include <string>

#include <openssl/x509.h>

namespace pintle::net {

using TrustStore = std::shared_ptr<X509_STORE>;

/// The store of `ca_file` (PEM), or of the system where it is empty. Throws Error(config), naming
/// the file, where it cannot be read or holds no certificate.
///
/// The system's store is shared by all who hold one: to read it takes 0.1 s and 0.8 MB where it is
/// one file.
TrustStore open_trust_store(const std::string& ca_file);

}  // namespace pintle::net
