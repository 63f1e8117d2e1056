// SPDX-License-Identifier: Apache-2.0
//
// A gateway of a test's own, whose WebSocket the test plays message by message.
//
// Threads: each connection runs the script on its own thread.

#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <pintle/core/ws/ws_encode.h>
#include <pintle/core/ws/ws_handshake.h>
#include <pintle/core/ws/ws_message.h>

#include "scripted_server.h"

namespace pintle::test {

/// Returns the value of a header field in a request's head; empty if there is none.
inline std::string field_of(const std::string& request, const std::string& name) {
  const auto at = request.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const auto begin = at + name.size() + 4;
  return request.substr(begin, request.find("\r\n", begin) - begin);
}

/// The server's end of a WebSocket, in a script.
class WsPeer {
 public:
  WsPeer(ScriptedPeer& peer, std::string request) : peer_(peer), request_(std::move(request)) {}
  WsPeer(const WsPeer&) = delete;
  WsPeer& operator=(const WsPeer&) = delete;

  const std::string& request() const { return request_; }

  /// Sends the 101, with more fields ("Name: value\r\n"), and `bytes` in the same segment.
  void accept(std::string_view more_fields = "", std::string_view bytes = "") {
    std::string text =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        ws::accept_for(field_of(request_, "Sec-WebSocket-Key")) + "\r\n";
    text.append(more_fields).append("\r\n").append(bytes);
    peer_.send(text);
  }

  static std::string text_frame(std::string_view text) { return frame(ws::Opcode::text, text); }
  static std::string frame(ws::Opcode opcode, std::string_view bytes, bool fin = true) {
    std::string out;
    ws::append_frame(out, ws::Role::server, opcode, bytes, {}, fin);
    return out;
  }
  static std::string close_frame(ws::CloseCode code, std::string_view reason = "") {
    std::string out;
    ws::append_close(out, ws::Role::server, code, reason, {});
    return out;
  }

  void send(std::string_view bytes) { peer_.send(bytes); }
  void send_text(std::string_view text) { peer_.send(text_frame(text)); }

  struct Received {
    ws::Kind kind;
    std::string bytes;
    bool is_binary;
    ws::CloseCode code;
  };
  /// Returns the client's next message or control frame; nullopt if it disconnected.
  std::optional<Received> receive() {
    for (;;) {
      const auto event = reader_.next(unread_);
      if (event.kind != ws::Kind::need_more) {
        return Received{event.kind, std::string(event.bytes), event.opcode == ws::Opcode::binary,
                        event.code};
      }
      in_ = peer_.read_some_bytes();
      if (in_.empty()) return std::nullopt;
      unread_ = in_;
    }
  }
  /// Returns the text of the client's next message; empty if something else came.
  std::string receive_text() {
    const auto received = receive();
    return received && received->kind == ws::Kind::data ? received->bytes : "";
  }
  void wait_until_left() { peer_.wait_until_left(); }

 private:
  ScriptedPeer& peer_;
  const std::string request_;
  ws::MessageReader reader_{ws::Role::server};
  std::string in_;
  std::span<char> unread_;
};

/// The script of a gateway without a gate; `play` plays each WebSocket, and the connection ends
/// when it returns. Other requests than the probe's get `others`, or {}.
inline ScriptedServer::Script gateway_with_ws(
    std::function<void(WsPeer&)> play,
    std::function<std::string(const std::string& request)> others = {}) {
  return [play = std::move(play), others = std::move(others)](ScriptedPeer& peer) {
    for (auto request = peer.read_request(); !request.empty(); request = peer.read_request()) {
      if (request.starts_with("GET /api/status ")) {
        peer.send(answer("200 OK", R"({"version":"0.16.0","auth_required":false,"more":[1]})",
                         "Content-Type: application/json\r\n"));
      } else if (!field_of(request, "Sec-WebSocket-Key").empty()) {
        WsPeer ws(peer, request);
        return play(ws);
      } else {
        peer.send(others ? others(request) : answer("200 OK", "{}"));
      }
    }
  };
}

}  // namespace pintle::test
