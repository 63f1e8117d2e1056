// SPDX-License-Identifier: Apache-2.0
//
// One WebSocket of a practice gateway: frames in and out, pings, timeouts, faults.
//
// Threads: the connection's; it reads and writes on one thread, as an SSL object requires.

#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <Poco/Event.h>

#include <pintle/core/ws/ws_deflate.h>
#include <pintle/core/ws/ws_handshake.h>
#include <pintle/core/ws/ws_message.h>

#include "practice/pages/ws_greeting.h"
#include "practice/pages/ws_methods.h"
#include "practice/server/wire.h"
#include "practice/state/gateway_state.h"

namespace pintle::practice {

class WsSession {
 public:
  WsSession(GatewayState& state, Wire& wire, const Request& request, const ws::Upgraded& agreed,
            Poco::Event& stopping);
  ~WsSession();
  WsSession(const WsSession&) = delete;
  WsSession& operator=(const WsSession&) = delete;

  /// Sends `head` (the 101) and serves until the connection ends.
  void run(const std::string& head);

 private:
  using Steady = std::chrono::steady_clock;

  void serve();
  std::int64_t wait_ms() const;
  void keep_alive();
  void take_input();
  void take_event(const ws::Event& event);
  /// Sends what a client gets once it may use the WebSocket.
  void begin();
  void greet(const ws::Event& event);
  void schedule(Outgoing message);
  void send_due();
  void send_message(const std::string& text, ws::Opcode opcode = ws::Opcode::text);
  void send_fault(const Fault& fault, const std::string& text);
  void append_message(std::string_view text, ws::Opcode opcode);
  void append_split(std::string_view text, std::int64_t empty_frames);
  void close(ws::CloseCode code, std::string_view reason = {});
  void flush();
  /// Reads and responds nothing until the peer ends the connection.
  void stay_silent();

  GatewayState& state_;
  Wire& wire_;
  Poco::Event& stopping_;
  const std::string path_;
  const std::string credential_;
  const bool speaks_rpc_;
  WsMethods methods_;
  std::optional<WsGreeting> greeting_;  // Until the client has greeted.
  ws::MessageReader reader_;
  std::unique_ptr<ws::Deflater> deflater_;
  std::string out_;  // Frames ready to be written.
  std::multimap<Steady::time_point, Outgoing> later_;
  std::int64_t messages_sent_ = 0;
  Steady::time_point next_ping_;
  std::optional<Steady::time_point> answer_by_;  // When the peer must have sent something.
  bool closing_ = false;                         // A close frame was sent.
  bool ended_ = false;
};

}  // namespace pintle::practice
