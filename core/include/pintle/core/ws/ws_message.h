// SPDX-License-Identifier: Apache-2.0
//
// Hands out whole WebSocket messages: what lies whole in the input as it is, the rest joined and
// inflated in a buffer of its own.
//
// Threads: one at a time.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include <pintle/core/base/padded_buffer.h>
#include <pintle/core/text/utf8_stream.h>
#include <pintle/core/ws/ws_deflate.h>
#include <pintle/core/ws/ws_frame.h>

namespace pintle::ws {

class MessageReader {
 public:
  /// `deflate`: what was negotiated, or nothing. Throws Error(config) where the limit is above
  /// kMaxMessageBytes.
  explicit MessageReader(Role me, Limits limits = {}, std::optional<DeflateParams> deflate = {});

  /// Like FrameDecoder::next, but each data event is a whole message: `first` and `last` are set,
  /// `compressed` is not, and text is valid UTF-8. Its bytes are good until the next call or until
  /// the input's memory changes.
  ///
  /// A simdjson parser may read kPadding bytes past the message: where it was joined they are in
  /// the reader's buffer; where it lies in the input they are whatever the caller's buffer has
  /// behind it, so a caller that reads into a buffer with kPadding bytes to spare never copies.
  ///
  /// Memory grows with the bytes that came, not with the length that was announced. Throws
  /// std::bad_alloc.
  Event next(std::span<char>& input) {
    if (handed_out_) forget();
    Event event = decoder_.next(input);
    if (event.kind == Kind::data && (!event.first || !event.last || event.compressed)) {
      event = join(event, input);
    }
    return event;
  }

  /// The memory of its own buffer, in bytes. A large message's is given back by the call of `next`
  /// after the one that handed it out.
  std::size_t held_bytes() const noexcept { return joined_.held_bytes(); }

 private:
  void forget() noexcept;
  Event join(Event piece, std::span<char>& input);
  /// What is wrong with the message now, or nothing.
  std::optional<Event> inflate(const Event& piece);

  FrameDecoder decoder_;
  std::unique_ptr<Inflater> inflater_;
  PaddedBuffer joined_;
  Utf8Stream utf8_;
  bool handed_out_ = false;  // What is in `joined_` was given to the caller.
};

}  // namespace pintle::ws
