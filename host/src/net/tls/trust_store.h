// SPDX-License-Identifier: Apache-2.0
//
// Loads the certificates that a connection trusts: the system's, or those of a file.
//
// Threads: any.

#pragma once

#include <memory>
#include <string>

#include <openssl/x509.h>

namespace pintle::net {

using TrustStore = std::shared_ptr<X509_STORE>;

/// Returns the store of `ca_file` (PEM), or the system's if it is empty. All callers share the
/// system's store: if it is one file, reading it takes 0.1 s and 0.8 MB. Throws Error(config) with
/// the file's name if it cannot be read or contains no certificate.
TrustStore open_trust_store(const std::string& ca_file);

}  // namespace pintle::net
