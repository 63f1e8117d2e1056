// SPDX-License-Identifier: Apache-2.0
//
// Requests to a scripted server, and scripts of servers.
//
// Threads: the test's.

#pragma once

#include <string>
#include <utility>

#include "net/transport.h"
#include "support/scripted_server.h"

namespace pintle::net {

inline TransportSettings settings_for(const test::ScriptedServer& server,
                                      const std::string& prefix = "") {
  return {.gateway = GatewayUrl::parse(server.url() + prefix)};
}

inline HttpRequest get(const std::string& target = "/") {
  HttpRequest request;
  request.target = target;
  return request;
}

inline HttpRequest post(const std::string& body) {
  HttpRequest request;
  request.method = "POST";
  request.body = body;
  return request;
}

inline HttpRequest upgrade_request(const std::string& target = "/api/ws") {
  HttpRequest request = get(target);
  request.headers.add("Upgrade", "websocket");
  request.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  return request;
}

inline constexpr char kSwitch[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "\r\n";

/// Answers every request of a connection with `bytes`.
inline test::ScriptedServer::Script always(std::string bytes) {
  return [bytes = std::move(bytes)](test::ScriptedPeer& peer) {
    while (!peer.read_request().empty()) peer.send(bytes);
  };
}

/// Answers one request of each connection with `bytes` and closes.
inline test::ScriptedServer::Script once(std::string bytes) {
  return [bytes = std::move(bytes)](test::ScriptedPeer& peer) {
    peer.read_request();
    peer.send(bytes);
  };
}

}  // namespace pintle::net
