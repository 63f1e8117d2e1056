// SPDX-License-Identifier: Apache-2.0
//
// Writes WebSocket frames to the end of a buffer (RFC 6455 5.2).
//
// Threads: functions without state. A client's `key` masks the frame; a server's is ignored.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <pintle/core/ws/ws_protocol.h>

namespace pintle::ws {

/// The longest header of a frame, in bytes.
inline constexpr std::size_t kMaxHeaderBytes = 14;

/// XORs `bytes` with `key`, whose first byte to use is `key[offset % 4]` (RFC 6455 5.3).
void apply_mask(std::span<char> bytes, MaskKey key, std::size_t offset = 0) noexcept;

/// Appends one frame. `rsv1` marks the first frame of a compressed message (RFC 7692 6).
/// Throws Error(websocket) where a control frame is longer than 125 bytes or not `fin`.
void append_frame(std::string& out, Role me, Opcode opcode, std::string_view payload, MaskKey key,
                  bool fin = true, bool rsv1 = false);

/// The size of the frame at the front of `bytes` in bytes, its header included, read from the
/// header alone. `bytes` begin with a frame that `append_frame` wrote.
std::size_t frame_size(std::string_view bytes) noexcept;

/// Appends a close frame. `CloseCode::no_status` writes one without a payload; the reason is cut
/// to 123 bytes between two characters. Throws Error(websocket) for a code that may not be sent
/// and for a reason that is not UTF-8.
void append_close(std::string& out, Role me, CloseCode code, std::string_view reason, MaskKey key);

/// Throw Error(websocket) where the payload is longer than 125 bytes.
void append_ping(std::string& out, Role me, std::string_view payload, MaskKey key);
void append_pong(std::string& out, Role me, std::string_view payload, MaskKey key);

}  // namespace pintle::ws
