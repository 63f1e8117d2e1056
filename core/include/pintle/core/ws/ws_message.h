// SPDX-License-Identifier: Apache-2.0
//
// Reads whole WebSocket messages: in place if complete in the input, else joined and inflated in
// its own buffer.
//
// Threads: one at a time.

/// @file
/// @snippet reference/ws.cpp message

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
  /// `deflate`: the negotiated parameters, or nothing. Throws Error(config) if the limit is above
  /// kMaxMessageBytes.
  explicit MessageReader(Role me, Limits limits = {}, std::optional<DeflateParams> deflate = {});

  /// Like FrameDecoder::next, but each data event is a whole message: `first` and `last` are set,
  /// `compressed` is not, and text is valid UTF-8. Its bytes are valid until the next call or until
  /// the input's memory changes.
  ///
  /// A simdjson parser may read kPadding bytes past the message. For a joined message they are in
  /// the reader's buffer; for one in the input they are the caller's, so a caller whose buffer has
  /// kPadding spare bytes never copies.
  ///
  /// Memory grows with the received bytes, not with the announced length. Throws std::bad_alloc.
  Event next(std::span<char>& input) {
    if (handed_out_) forget();
    Event event = decoder_.next(input);
    if (event.kind == Kind::data && (!event.first || !event.last || event.compressed)) {
      event = join(event, input);
    }
    return event;
  }

  /// Returns the allocated size of its own buffer, in bytes. That of a large message is freed by
  /// the next call of `next`.
  std::size_t allocated_bytes() const noexcept { return joined_.allocated_bytes(); }

 private:
  void forget() noexcept;
  Event join(Event piece, std::span<char>& input);
  /// Returns the error of the message, or nothing.
  std::optional<Event> inflate(const Event& piece);

  FrameDecoder decoder_;
  std::unique_ptr<Inflater> inflater_;
  PaddedBuffer joined_;
  Utf8Stream utf8_;
  bool handed_out_ = false;  // The contents of `joined_` were returned to the caller.
};

}  // namespace pintle::ws
