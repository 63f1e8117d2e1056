// SPDX-License-Identifier: Apache-2.0
//
// The unsent frames of one WebSocket, in the order of sending.
//
// A frame that is partly sent must be sent completely, or the peer cannot read what follows; so the
// queue knows where each frame ends. Every message is one frame here, never fragments, and a Close
// may follow every frame (RFC 6455 5.4, 5.5.1).
//
// Threads: the loop's.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <pintle/core/ws/ws_protocol.h>

#include "live/loop_resources.h"

namespace pintle::live {

class SendQueue {
 public:
  explicit SendQueue(LoopResources& shared) : shared_(shared) {}
  SendQueue(const SendQueue&) = delete;
  SendQueue& operator=(const SendQueue&) = delete;

  /// Appends one frame, or nothing if it throws: std::bad_alloc, Error(websocket).
  void append(ws::Opcode opcode, std::string_view payload, bool compressed = false);
  /// Appends a Close frame. It is the last frame of a connection.
  void append_close(ws::CloseCode code, std::string_view reason);

  /// The bytes to write next.
  std::string_view front() const noexcept { return std::string_view(bytes_).substr(sent_); }
  std::size_t size() const noexcept { return bytes_.size() - sent_; }
  bool empty() const noexcept { return size() == 0; }
  /// Returns true if a Close frame was appended and is not completely sent.
  bool has_close() const noexcept { return close_size_ != 0 && !empty(); }

  /// Removes `size` bytes from the front: the socket accepted them.
  void pop(std::size_t size) noexcept { sent_ += size; }
  /// Frees the memory of popped bytes. Call it after a series of `pop`.
  void compact();

  /// Drops the frames that are not partly sent, except a Close. `taken`: bytes at the front that
  /// TLS has encrypted already but could not write. Returns false if there were none.
  bool drop_unbegun(std::size_t taken);

 private:
  std::string& buffer();
  void release() noexcept;
  // Moves `frame_end_` to the first end of a frame at or after `at`.
  void find_frame_end(std::size_t at) noexcept;

  LoopResources& shared_;
  std::string bytes_;
  std::size_t sent_ = 0;        // Of bytes_, from its front.
  std::size_t frame_end_ = 0;   // In bytes_; the bytes from here on begin with a frame header.
  std::size_t close_size_ = 0;  // Of the Close frame at the end of bytes_.
};

}  // namespace pintle::live
