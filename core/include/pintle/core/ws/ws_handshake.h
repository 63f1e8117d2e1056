// SPDX-License-Identifier: Apache-2.0
//
// The WebSocket opening handshake (RFC 6455 4) as pure functions over HTTP values.
//
// Threads: functions without state.

/// @file
/// @snippet reference/ws.cpp handshake

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

/// 16 bytes from a cryptographic generator, new for every handshake (RFC 6455 4.1).
using Nonce = std::array<std::uint8_t, 16>;

/// A client's upgrade request.
struct Upgrade {
  Nonce nonce{};
  std::vector<std::string> subprotocols{};
  std::optional<DeflateParams> deflate{};  ///< The offer, or nothing.
};

/// The negotiated result.
struct Upgraded {
  std::string subprotocol;  ///< Empty if none.
  std::optional<DeflateParams> deflate;
};

/// Returns the Sec-WebSocket-Key for `nonce`.
std::string key_of(const Nonce& nonce);
/// Returns the Sec-WebSocket-Accept for `key`.
std::string accept_for(std::string_view key);

/// Returns the header fields of an upgrade request, without Host, Origin and credentials.
Headers upgrade_headers(const Upgrade& request);

/// Checks the response to an upgrade. Throws Error(websocket), with the HTTP status, if it is not a
/// 101 that accepts this request: Upgrade, Connection (one token among others, in any case),
/// Sec-WebSocket-Accept, no extension and no subprotocol that was not offered.
Upgraded check_upgraded(const HttpResponse& answer, const Upgrade& request);

/// A server's response: 101 with its header fields, and the negotiated result.
struct Acceptance {
  HttpResponse answer;
  Upgraded agreed;
};

/// For a server: answers an upgrade request. `subprotocols`: the supported ones; the client's first
/// supported one is selected. Throws Error(websocket), with the HTTP status to answer with (400, or
/// 426 for another version of the protocol), if the request is not a valid upgrade.
Acceptance accept_upgrade(const HttpRequest& request,
                          const std::vector<std::string>& subprotocols = {},
                          const std::optional<DeflateParams>& deflate = {});

}  // namespace pintle::ws
