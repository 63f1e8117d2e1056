// SPDX-License-Identifier: Apache-2.0
//
// permessage-deflate (RFC 7692): the negotiation, and both directions of zlib.
//
// Threads: one at a time.

/// @file
/// @snippet reference/ws.cpp deflate

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

/// The negotiated parameters, or those of an offer. Window bits are 8 to 15.
struct DeflateParams {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  int server_max_window_bits = 15;
  int client_max_window_bits = 15;

  friend bool operator==(const DeflateParams&, const DeflateParams&) = default;
};

/// Returns the Sec-WebSocket-Extensions value for this offer. It always allows the server to limit
/// the client's window.
std::string deflate_offer(const DeflateParams& offered);

/// Reads the server's Sec-WebSocket-Extensions; nothing if it names no extension. Throws
/// Error(websocket) if it names one that was not offered (`offered` may be empty), the same one
/// twice, or parameters that do not match the offer (RFC 7692 7.1).
std::optional<DeflateParams> read_deflate_answer(std::string_view extensions,
                                                 const std::optional<DeflateParams>& offered);

/// A server's accepted parameters, and its Sec-WebSocket-Extensions value.
struct DeflateAgreement {
  DeflateParams params;
  std::string answer;
};

/// For a server: returns the first acceptable offer of the client, or nothing. `wanted`: the
/// server's own preferences.
std::optional<DeflateAgreement> accept_deflate_offer(std::string_view extensions,
                                                     const DeflateParams& wanted = {});

/// Inflates the peer's messages. Allocates zlib's state with the first message.
class Inflater {
 public:
  enum class Result : std::uint8_t {
    ok,
    too_big,  ///< The message would exceed the limit; the connection must end (1009).
    broken,   ///< The bytes do not inflate; the connection must end (1007).
  };

  /// `max_message`: the maximum message size after inflation, in bytes.
  Inflater(Role me, const DeflateParams& agreed, std::uint64_t max_message);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Inflates a piece of a message and appends the result. `last` ends the message. `out` may be
  /// emptied between pieces: the limit is per message. Throws std::bad_alloc.
  Result inflate(std::string_view piece, bool last, PaddedBuffer& out);

 private:
  Result run(std::string_view piece, PaddedBuffer& out);
  bool restart_after_final_block() noexcept;

  int window_bits_;
  bool keep_context_;
  bool ended_ = false;  // A block with BFINAL was received; the next byte begins a new stream.
  std::uint64_t max_message_;
  std::uint64_t produced_ = 0;
  std::unique_ptr<z_stream_s> stream_;
};

/// Deflates this side's messages. Allocates zlib's state (about 256 KiB at 15 window bits) with the
/// first message.
class Deflater {
 public:
  /// `level`: 1 (fast) to 9 (small).
  Deflater(Role me, const DeflateParams& agreed, int level = 6);
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  /// Appends the compressed payload of one message, to be sent with RSV1. With context takeover,
  /// every deflated message must be sent, in order. Throws std::bad_alloc, and Error(websocket)
  /// above kMaxMessageBytes.
  void deflate(std::string_view message, std::string& out);

 private:
  int window_bits_;
  bool keep_context_;
  int level_;
  std::unique_ptr<z_stream_s> stream_;
};

}  // namespace pintle::ws
