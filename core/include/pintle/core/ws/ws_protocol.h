// SPDX-License-Identifier: Apache-2.0
//
// The constants of the WebSocket protocol: roles, opcodes, close codes, limits (RFC 6455).
//
// Header-only. Threads: values.

/// @file
/// @snippet reference/ws.cpp protocol

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pintle::ws {

/// Which end of the connection this side is. A client masks what it sends and refuses masked
/// frames; a server does the opposite (RFC 6455 5.1).
enum class Role : std::uint8_t { client, server };

/// RFC 6455 11.8. Values as on the wire; those not listed are reserved.
enum class Opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xa,
};

constexpr bool is_control(Opcode opcode) noexcept {
  return (static_cast<std::uint8_t>(opcode) & 0x8) != 0;
}

/// Why a connection was closed. Other values may be received; only those used here are named.
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  no_status = 1005,     ///< Never on the wire: the close frame had no code.
  abnormal = 1006,      ///< Never on the wire: no close frame was received.
  invalid_data = 1007,  ///< Text that is not UTF-8, or compressed bytes that do not inflate.
  policy = 1008,
  too_big = 1009,
  missing_extension = 1010,
  internal_error = 1011,
  service_restart = 1012,
  try_again_later = 1013,
  bad_gateway = 1014,
  tls_failed = 1015,          ///< Never on the wire.
  bad_credential = 4401,      ///< gateway-contract 6.
  bad_host_or_origin = 4403,  ///< gateway-contract 6.
};

constexpr std::uint16_t number_of(CloseCode code) noexcept {
  return static_cast<std::uint16_t>(code);
}

/// Returns true for the codes that are allowed in a close frame (RFC 6455 7.4 and the IANA
/// registry).
constexpr bool may_be_sent(CloseCode code) noexcept {
  const auto n = number_of(code);
  return (n >= 1000 && n <= 1003) || (n >= 1007 && n <= 1014) || (n >= 3000 && n <= 4999);
}

/// A client's frame mask. The bytes must come from a cryptographic generator, new for every frame
/// (RFC 6455 5.3); core has no randomness, so the caller provides them.
using MaskKey = std::array<std::uint8_t, 4>;

/// The maximum payload of a control frame, in bytes (RFC 6455 5.5).
inline constexpr std::size_t kMaxControlBytes = 125;
/// The upper bound of any message limit, in bytes. The gateway sends up to about 384 MB
/// (gateway-contract 6).
inline constexpr std::uint64_t kMaxMessageBytes = std::uint64_t{512} << 20;

/// How many frames of a message may be empty. Bytes are limited by the size of a message; without
/// this a message of empty frames would never end.
inline constexpr std::uint32_t kMaxEmptyFrames = 1024;

struct Limits {
  /// The maximum message size in bytes, after inflation. At most kMaxMessageBytes.
  std::uint64_t max_message = std::uint64_t{64} << 20;
};

}  // namespace pintle::ws
