// SPDX-License-Identifier: Apache-2.0
//
// What a diagnosis says about a TLS handshake and a server's certificates.
//
// Threads: pure functions.

#pragma once

#include <cstdint>

#include <pintle/doctor.h>

#include "net/tls/certificate_facts.h"

namespace pintle::doctor {

/// Adds the protocol, and of the server's certificate the names, the issuer, the dates and the
/// chain.
void add_tls_facts(DoctorStep& step, const net::TlsFacts& facts, std::int64_t now_ms);

/// Sets the finding for a finished handshake: a warning if the certificate expires soon, or if the
/// server asks for a client certificate.
void find_tls(DoctorStep& step, const net::TlsFacts& facts, std::int64_t now_ms);

/// Returns `error` of a failed handshake, with the hint to send the whole chain if the server sent
/// only its own certificate and that is not self-signed.
Error explain_chain(Error error, const net::TlsFacts& facts);

}  // namespace pintle::doctor
