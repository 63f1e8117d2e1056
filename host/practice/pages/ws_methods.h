// SPDX-License-Identifier: Apache-2.0
//
// The JSON-RPC methods that a practice gateway supports on its WebSocket (gateway-contract 6).
//
// Text in, messages out: no socket. Threads: the connection's.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <Poco/JSON/Object.h>

#include <pintle/core/ws/ws_protocol.h>

#include "practice/state/gateway_state.h"

namespace pintle::practice {

/// A message or a close frame to send later.
struct Outgoing {
  std::string text;
  std::int64_t delay_ms = 0;
  std::optional<ws::CloseCode> close;
  std::int64_t empty_frames = 0;  ///< Between the halves of the text; 0: it is not split.
};

class WsMethods {
 public:
  WsMethods(GatewayState& state, std::uint64_t connection)
      : state_(state), connection_(connection) {}

  /// Returns the gateway.ready event, or nothing if this gateway sends none.
  std::optional<std::string> ready() const;

  /// Answers one request:
  ///   echo {…, delay_ms?}      its params, after delay_ms: replies overtake one another
  ///   time                     {"now_ms":N}
  ///   gateway.ping             {"pong":true}; an unknown method on older gateways
  ///   session.create, session.list, session.resume {"session_id"}
  ///   emit {"count","size"?,"delay_ms"?,"type"?,"session_id"?}   events, and the reply before them
  ///   close {"code"?}          a close frame with that code
  std::vector<Outgoing> receive(std::string_view text);

 private:
  using Params = Poco::JSON::Object;

  Poco::Dynamic::Var session_list() const;
  std::vector<Outgoing> emit(const Poco::Dynamic::Var& id, const Params& params);
  std::vector<Outgoing> call(const Poco::Dynamic::Var& id, const std::string& method,
                             const Params& params);

  GatewayState& state_;
  std::uint64_t connection_;
};

/// {"jsonrpc":"2.0","method":"event","params":{"type":…,"payload":{"data":"…"}}} with `size` bytes
/// of data.
std::string event_text(std::string_view type, std::size_t size, std::string_view session_id = {},
                       std::int64_t seq = 0);

}  // namespace pintle::practice
