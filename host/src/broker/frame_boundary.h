// SPDX-License-Identifier: Apache-2.0
//
// Finds the boundaries of the frames in one direction of a WebSocket that is passed on as bytes: a
// close frame may be added only between two of them (RFC 6455 5.2). Reads headers alone.
//
// Header-only. Threads: one at a time.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <pintle/core/ws/ws_protocol.h>

namespace pintle::broker {

class FrameBoundary {
 public:
  /// Follows the next bytes of the stream.
  void take(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
      if (left_ > 0) {
        const auto skipped = std::min<std::uint64_t>(left_, bytes.size());
        left_ -= skipped;
        bytes.remove_prefix(static_cast<std::size_t>(skipped));
      } else {
        head_[have_++] = static_cast<std::uint8_t>(bytes.front());
        bytes.remove_prefix(1);
        if (have_ >= 2 && have_ == head_size()) begin_payload();
      }
    }
  }

  /// Returns true if the next byte begins a frame.
  bool is_between_frames() const noexcept { return left_ == 0 && have_ == 0; }
  /// Returns true if a close frame has begun: no other may follow.
  bool has_close() const noexcept { return has_close_; }

 private:
  std::size_t length_bytes() const noexcept {
    const auto length = head_[1] & 0x7fU;
    return length == 127 ? 8 : length == 126 ? 2 : 0;
  }
  std::size_t head_size() const noexcept {
    return 2 + length_bytes() + ((head_[1] & 0x80U) != 0 ? std::tuple_size_v<ws::MaskKey> : 0);
  }
  void begin_payload() noexcept {
    left_ = head_[1] & 0x7fU;
    if (const auto more = length_bytes(); more > 0) {
      left_ = 0;
      for (std::size_t i = 0; i < more; ++i) left_ = left_ << 8U | head_[2 + i];
    }
    if ((head_[0] & 0x0fU) == static_cast<std::uint8_t>(ws::Opcode::close)) has_close_ = true;
    have_ = 0;
  }

  std::uint64_t left_ = 0;  // of the payload
  std::array<std::uint8_t, 14> head_{};
  std::uint8_t have_ = 0;  // of the header
  bool has_close_ = false;
};

}  // namespace pintle::broker
