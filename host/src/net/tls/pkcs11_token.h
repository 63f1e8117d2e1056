// SPDX-License-Identifier: Apache-2.0
//
// A certificate and a key in a PKCS#11 token (a smart card, an HSM), through OpenSSL's engine
// "pkcs11" of libp11. The key never leaves the token.
//
// Threads: any.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <pintle/core/base/error.h>
#include <pintle/core/base/secret.h>

namespace pintle::net {

/// Returns the PIN; may throw. Called only if the token asks.
using PinSource = std::function<const Secret&()>;

/// Returns the private key that `uri` (RFC 7512) names. A PIN that the token has refused is not
/// tried again in this process: a token locks itself after a few wrong ones. Throws Error(config),
/// also if the engine is not installed, and what `pin` throws.
std::shared_ptr<EVP_PKEY> key_in_token(const std::string& uri, const PinSource& pin);

/// Returns the certificate that `uri` names; it must be readable without a PIN.
std::shared_ptr<X509> certificate_in_token(const std::string& uri);

}  // namespace pintle::net
