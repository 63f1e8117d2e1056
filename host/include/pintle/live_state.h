// SPDX-License-Identifier: Apache-2.0
//
// The states of a live connection.
//
// Threads: values.

/// @file
/// @snippet reference/live.cpp state

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <pintle/core/base/error.h>

namespace pintle {

/// The state of a live connection (architecture, rule 3).
struct LiveState {
  enum class Kind : std::uint8_t {
    idle,           ///< Not started.
    probing,        ///< Probing the gateway; once per connection.
    dialling,       ///< Minting a credential and opening the WebSocket.
    ready,          ///< Open; requests are sent at once.
    waiting,        ///< Lost because of `why`; dials again after `wait_ms`.
    needs_sign_in,  ///< Until a credential changes; `why` names the sign-in methods.
    failed,         ///< Not retryable because of `why`; until `retry_now`.
    closed,         ///< Final: `close` was called, or it ended and must not reconnect.
  };

  Kind kind = Kind::idle;
  /// Counts the dials. Events of an older generation are never delivered after the state of a newer
  /// one.
  std::uint64_t generation = 0;
  std::optional<Error> why{};
  /// waiting: delay from this state change to the next dial. Milliseconds.
  std::int64_t wait_ms = 0;
  /// waiting, failed, closed: the peer's close code; 1006 if there was no close frame (RFC 6455
  /// 7.1.5); 0 if no WebSocket was open.
  std::uint16_t close_code = 0;
  std::string close_reason{};
  /// ready: the WebSocket reuses the TCP connection of the exchange before it (architecture,
  /// rule 2).
  bool reused_connection = false;
  /// ready: the payload of `gateway.ready`, JSON text; empty if an older gateway did not send it.
  std::string greeting{};
};

/// Returns "ready", "waiting", "needs-sign-in", …
const char* name_of(LiveState::Kind kind) noexcept;

}  // namespace pintle
