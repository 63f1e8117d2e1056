// SPDX-License-Identifier: Apache-2.0
//
// Decodes a WebSocket byte stream in the caller's own buffer and checks every rule of RFC 6455.
// Bytes in, events out: no socket, no clock.
//
//     std::span<char> input = what_the_socket_gave;
//     for (auto event = decoder.next(input); event.kind != Kind::need_more;
//          event = decoder.next(input)) { … }
//
// For whole messages use a MessageReader (ws_message.h); it works the same way.
//
// Threads: one at a time.

/// @file
/// @snippet reference/ws.cpp frame

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <pintle/core/text/utf8_stream.h>
#include <pintle/core/ws/ws_protocol.h>

namespace pintle::ws {

enum class Kind : std::uint8_t {
  need_more,  ///< All input was consumed: the buffer can be reused.
  data,       ///< A piece of a message, or (from MessageReader) a whole one.
  ping,       ///< Answer with a pong of the same `bytes`.
  pong,
  close,  ///< The peer's close frame, the last event: later bytes are dropped.
  error,  ///< Protocol error: send a close frame with `code`, then disconnect.
};

struct Event {
  Kind kind = Kind::need_more;
  Opcode opcode = Opcode::binary;  ///< data: text or binary, on every piece of the message.
  bool first = false;       ///< data: the message begins here; set on exactly one event of each.
  bool last = false;        ///< data: the message ends here; set on exactly one event of each.
  bool compressed = false;  ///< data: the message must be inflated (RFC 7692 6).
  /// close: the peer's code, `no_status` if it sent none. error: the code to answer with.
  CloseCode code = CloseCode::no_status;
  /// data, ping, pong: the payload, unmasked. close: the reason, valid UTF-8. error: the broken
  /// rule, a constant text. Points into the input or the decoder: valid until either changes.
  std::string_view bytes;
};

class FrameDecoder {
 public:
  /// `deflate`: permessage-deflate was negotiated, so a message's first frame may have RSV1. Throws
  /// Error(config) if the limit is above kMaxMessageBytes.
  explicit FrameDecoder(Role me, Limits limits = {}, bool deflate = false);

  /// Consumes from the front of `input`, unmasking in place, up to the next event. A frame may be
  /// split anywhere between two inputs. Uncompressed text is checked for UTF-8. A length above the
  /// limit is refused when it is announced, and a message of too many empty frames
  /// (kMaxEmptyFrames). After an error every call returns that error again.
  Event next(std::span<char>& input) noexcept;

  /// Fails the stream on behalf of a higher layer: every later `next` returns this error. `rule`
  /// must be a constant text.
  Event fail(CloseCode code, std::string_view rule) noexcept;

 private:
  enum class State : std::uint8_t { header, data, control, closed, failed };

  bool take_whole_message(std::span<char>& input, Event& event) noexcept;
  Event take_next(std::span<char>& input) noexcept;
  bool read_header(std::span<char>& input) noexcept;
  bool begin_frame(const char* head) noexcept;
  std::string_view header_fault(std::uint8_t first, std::uint8_t second) const noexcept;
  bool begin_payload(std::uint64_t length, bool compressed) noexcept;
  bool take_data(std::span<char>& input, Event& event) noexcept;
  Event take_control(std::span<char>& input) noexcept;
  Event close_event(std::string_view payload) noexcept;

  State state_ = State::header;
  Role me_;
  bool deflate_;
  bool fin_ = false;                 // Of the frame.
  bool in_message_ = false;          // The first frame was received, the last one was not.
  bool first_pending_ = false;       // No event of this message was returned yet.
  bool compressed_ = false;          // Of the message.
  Opcode opcode_ = Opcode::binary;   // Of the frame, continuation included.
  Opcode message_ = Opcode::binary;  // text or binary.
  MaskKey key_{};
  std::uint64_t left_ = 0;       // Payload bytes of the frame not yet received.
  std::uint64_t done_ = 0;       // Payload bytes of the frame that were consumed.
  std::uint64_t announced_ = 0;  // Payload bytes of the message in all frames begun so far.
  std::uint64_t max_message_;
  std::uint32_t empty_frames_ = 0;  // Of the message.
  Utf8Stream utf8_;
  CloseCode error_code_ = CloseCode::no_status;
  std::string_view error_rule_;
  std::uint8_t head_have_ = 0;  // Bytes of a header, or of a control payload, split by the input.
  std::uint8_t control_have_ = 0;
  std::array<char, 14> head_{};
  std::array<char, kMaxControlBytes> control_{};
};

}  // namespace pintle::ws
