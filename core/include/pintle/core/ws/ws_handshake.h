// SPDX-License-Identifier: Apache-2.0
//
// The opening handshake of a WebSocket (RFC 6455 4) as pure functions over HTTP's values.
//
// Threads: functions without state.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pintle/core/http/headers.h>
#include <pintle/core/ws/ws_deflate.h>

namespace pintle::ws {

/// 16 bytes from a cryptographic generator, new ones for every handshake (RFC 6455 4.1).
using Nonce = std::array<std::uint8_t, 16>;

/// What a client asks for.
struct Upgrade {
  Nonce nonce{};
  std::vector<std::string> subprotocols;
  std::optional<DeflateParams> deflate;  ///< What to offer, or nothing.
};

/// What was agreed on.
struct Upgraded {
  std::string subprotocol;  ///< Empty where there is none.
  std::optional<DeflateParams> deflate;
};

/// The Sec-WebSocket-Key of that nonce.
std::string key_of(const Nonce& nonce);
/// The Sec-WebSocket-Accept that answers `key`.
std::string accept_for(std::string_view key);

/// The header fields that make a GET an upgrade. Host, Origin and credentials are not among them.
Headers upgrade_headers(const Upgrade& asked);

/// Checks the answer to an upgrade. Throws Error(websocket), with the HTTP status, where it is not
/// a 101 that accepts this very request: Upgrade, Connection (one token among others, in any
/// case), Sec-WebSocket-Accept, no extension and no subprotocol that was not offered.
Upgraded check_upgraded(const HttpResponse& answer, const Upgrade& asked);

/// A server's answer: 101 with its header fields, and what was agreed on.
struct Acceptance {
  HttpResponse answer;
  Upgraded agreed;
};

/// For a server: answers a request to upgrade. `subprotocols` are the ones it speaks; the first of
/// the client's that is among them is taken. Throws Error(websocket), with the HTTP status to
/// answer with (400, or 426 for another version of the protocol), where the request is none.
Acceptance accept_upgrade(const HttpRequest& request,
                          const std::vector<std::string>& subprotocols = {},
                          const std::optional<DeflateParams>& deflate = {});

}  // namespace pintle::ws
