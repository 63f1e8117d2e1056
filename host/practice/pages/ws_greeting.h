// SPDX-License-Identifier: Apache-2.0
//
// The sign-in on the WebSocket itself, of Gate::greeting: after the 101 the gateway asks for the
// key, as Home Assistant does, and says or serves nothing else before it has it.
//
//     gateway  {"type":"auth_required"}
//     client   {"type":"auth","access_token":"KEY"}
//     gateway  {"type":"auth_ok"}, or {"type":"auth_invalid","message":…} and a close frame
//
// Text in, messages out: no socket. Threads: the connection's.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "practice/pages/ws_methods.h"
#include "practice/state/gateway_state.h"

namespace pintle::practice {

class WsGreeting {
 public:
  WsGreeting(GatewayState& state, std::string path) : state_(state), path_(std::move(path)) {}

  static std::string question();

  struct Answer {
    std::vector<Outgoing> messages{};
    bool is_signed_in = false;
    bool is_dropped = false;  ///< The client is cut off without a word.
  };
  /// Answers the first message of a client, by the faults of greetings that are set.
  Answer answer(std::string_view text);

 private:
  GatewayState& state_;
  const std::string path_;
};

}  // namespace pintle::practice
