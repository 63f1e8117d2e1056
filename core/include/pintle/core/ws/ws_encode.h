// SPDX-License-Identifier: Apache-2.0
//
// Appends WebSocket frames to a buffer (RFC 6455 5.2).
//
// Threads: functions without state. A client's `key` masks the frame; a server's is ignored.

/// @file
/// @snippet reference/ws.cpp encode

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <pintle/core/ws/ws_protocol.h>

namespace pintle::ws {

/// The maximum size of a frame header, in bytes.
inline constexpr std::size_t kMaxHeaderBytes = 14;

/// XORs `bytes` with `key`, whose first byte to use is `key[offset % 4]` (RFC 6455 5.3).
void apply_mask(std::span<char> bytes, MaskKey key, std::size_t offset = 0) noexcept;

/// Appends one frame. `rsv1` marks the first frame of a compressed message (RFC 7692 6).
/// Throws Error(websocket) if a control frame is longer than 125 bytes or not `fin`.
void append_frame(std::string& out, Role me, Opcode opcode, std::string_view payload, MaskKey key,
                  bool fin = true, bool rsv1 = false);

/// Returns the size in bytes of the frame at the front of `bytes`, header included, from its header
/// alone. `bytes` must begin with a frame from `append_frame`.
std::size_t frame_size(std::string_view bytes) noexcept;

/// Appends a close frame. `CloseCode::no_status` writes one without a payload; the reason is
/// truncated to 123 bytes at a character boundary. Throws Error(websocket) if the code must not be
/// sent or the reason is not UTF-8.
void append_close(std::string& out, Role me, CloseCode code, std::string_view reason, MaskKey key);

/// Appends a ping or pong. Throws Error(websocket) if the payload is longer than 125 bytes.
void append_ping(std::string& out, Role me, std::string_view payload, MaskKey key);
void append_pong(std::string& out, Role me, std::string_view payload, MaskKey key);

}  // namespace pintle::ws
