// SPDX-License-Identifier: Apache-2.0
//
// permessage-deflate (RFC 7692): what is offered and agreed on, and the two directions of zlib.
//
// Threads: one at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <pintle/core/base/padded_buffer.h>
#include <pintle/core/ws/ws_protocol.h>

struct z_stream_s;

namespace pintle::ws {

/// What both sides agreed on. In an offer: what the client asks for. Window bits are 8 to 15.
struct DeflateParams {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  int server_max_window_bits = 15;
  int client_max_window_bits = 15;

  friend bool operator==(const DeflateParams&, const DeflateParams&) = default;
};

/// The value of Sec-WebSocket-Extensions that offers this. It always says that the server may
/// limit the client's window.
std::string deflate_offer(const DeflateParams& offered);

/// Reads the server's Sec-WebSocket-Extensions; nothing where it names no extension. Throws
/// Error(websocket) where it names one that was not offered (`offered` may be nothing), the same
/// one twice, or parameters that do not answer the offer (RFC 7692 7.1).
std::optional<DeflateParams> read_deflate_answer(std::string_view extensions,
                                                 const std::optional<DeflateParams>& offered);

/// What a server agrees to, and the value of its Sec-WebSocket-Extensions.
struct DeflateAgreement {
  DeflateParams params;
  std::string answer;
};

/// For a server: the first of the client's offers that can be taken, or nothing. `wanted` holds
/// the server's own wishes.
std::optional<DeflateAgreement> accept_deflate_offer(std::string_view extensions,
                                                     const DeflateParams& wanted = {});

/// Inflates the peer's messages. Allocates zlib's state with the first of them.
class Inflater {
 public:
  enum class Result : std::uint8_t {
    ok,
    too_big,  ///< The message would be longer than the limit; the connection must end (1009).
    broken,   ///< The bytes do not inflate; the connection must end (1007).
  };

  /// `max_message`: the longest message after inflation, in bytes.
  Inflater(Role me, const DeflateParams& agreed, std::uint64_t max_message);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Appends what a piece of a message inflates to. `last` ends the message. `out` may be emptied
  /// between pieces: the limit counts the message. Throws std::bad_alloc.
  Result inflate(std::string_view piece, bool last, PaddedBuffer& out);

 private:
  Result run(std::string_view piece, PaddedBuffer& out);
  bool restart_after_final_block() noexcept;

  int window_bits_;
  bool keep_context_;
  bool ended_ = false;  // A block with BFINAL came; the next byte begins a new stream.
  std::uint64_t max_message_;
  std::uint64_t produced_ = 0;
  std::unique_ptr<z_stream_s> stream_;
};

/// Deflates this side's messages. Allocates zlib's state (about 256 KiB at 15 window bits) with
/// the first of them.
class Deflater {
 public:
  /// `level`: 1 (fast) to 9 (small).
  Deflater(Role me, const DeflateParams& agreed, int level = 6);
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  /// Appends the compressed payload of one message, to be sent with RSV1. With a kept context
  /// every message that was deflated must be sent, and in that order. Throws std::bad_alloc, and
  /// Error(websocket) above kMaxMessageBytes.
  void deflate(std::string_view message, std::string& out);

 private:
  int window_bits_;
  bool keep_context_;
  int level_;
  std::unique_ptr<z_stream_s> stream_;
};

}  // namespace pintle::ws
