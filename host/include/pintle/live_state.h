// SPDX-License-Identifier: Apache-2.0
//
// The states of a live connection.
//
// Threads: values.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <pintle/core/base/error.h>

namespace pintle {

/// Where a live connection is in its life (architecture, rule 3).
struct LiveState {
  enum class Kind : std::uint8_t {
    idle,      ///< Not begun.
    probing,   ///< The gateway is asked what it is; once for a connection.
    dialling,  ///< A credential is made and the WebSocket opened.
    ready,     ///< Requests are sent as they are made.
    waiting,   ///< It was lost, and is dialled again after `wait_ms`; `why` says what ended it.
    needs_sign_in,  ///< Latched until a credential changes; `why` names the ways.
    failed,         ///< Latched until `retry_now`: trying again would not help; `why`.
    closed,         ///< The end: `close` was called, or it is not to reconnect and ended.
  };

  Kind kind = Kind::idle;
  /// Counts the dials. What belongs to an older one is never delivered after a newer one's state.
  std::uint64_t generation = 0;
  std::optional<Error> why{};
  /// waiting: from this change of state to the next dial. Milliseconds.
  std::int64_t wait_ms = 0;
  /// waiting, failed, closed: what the peer's close frame said, 1006 where none came (RFC 6455
  /// 7.1.5), and 0 where there was no open WebSocket.
  std::uint16_t close_code = 0;
  std::string close_reason{};
  /// ready: it went over the TCP connection of the exchange before it (architecture, rule 2).
  bool reused_connection = false;
  /// ready: what the gateway said with `gateway.ready`, JSON text; empty where an older gateway
  /// said nothing.
  std::string greeting{};
};

/// "ready", "waiting", "needs-sign-in", …
const char* name_of(LiveState::Kind kind) noexcept;

}  // namespace pintle
