// SPDX-License-Identifier: Apache-2.0
//
// Errors for a port that does not speak the protocol of the URL.
//
// Threads: pure functions.

/// @file
/// @snippet reference/http.cpp wrong_protocol

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/error.h>

namespace pintle {

enum class Scheme { http, https };

/// Returns Error(config): `peer` ("host:port") speaks `spoken`, and the URL has the other scheme.
Error wrong_scheme_error(Scheme spoken, const std::string& peer);

/// Returns Error(config) for an answer to a TLS handshake that is not TLS and begins with these
/// bytes; five are enough. Names http and SSH; anything else is "another protocol".
Error not_tls_error(std::string_view begin, const std::string& peer);

/// Returns Error(tls): the server refuses HTTP/1.1, which the WebSocket upgrade requires.
Error http2_only_error(const std::string& peer);

/// Returns Error(tls): the server requires a client certificate, and was shown none.
Error client_certificate_error(const std::string& peer);

/// Returns Error(tls): the server refused the client certificate. `shown` is its subject and `why`
/// the server's reason; each may be empty.
Error refused_certificate_error(const std::string& peer, const std::string& shown,
                                const std::string& why);

/// Returns the error for an answer to a plain or decrypted HTTP/1.1 request that begins with these
/// bytes, if they are a TLS alert (RFC 8446 5.1 and 6), a frame of HTTP/2 (RFC 9113 4.1 and 6.5) or
/// the banner of SSH (RFC 4253 4.2); nothing for anything else, and for too few bytes.
std::optional<Error> not_http1_error(std::string_view begin, const std::string& peer);

}  // namespace pintle
