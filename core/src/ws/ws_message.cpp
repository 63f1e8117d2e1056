// SPDX-License-Identifier: Apache-2.0
#include <pintle/core/ws/ws_message.h>

namespace pintle::ws {

MessageReader::MessageReader(Role me, Limits limits, std::optional<DeflateParams> deflate)
    : decoder_(me, limits, deflate.has_value()) {
  if (deflate) inflater_ = std::make_unique<Inflater>(me, *deflate, limits.max_message);
}

std::optional<Event> MessageReader::inflate(const Event& piece) {
  const auto before = joined_.size();
  const auto result = inflater_->inflate(piece.bytes, piece.last, joined_);
  // The decoder checked the text of the other messages; this one was not text before. Bytes before
  // a fault are checked first, so that the result does not depend on how the input was split.
  const bool ends = piece.last && result == Inflater::Result::ok;
  if (piece.opcode == Opcode::text &&
      (!utf8_.feed(joined_.view().substr(before)) || (ends && !utf8_.is_whole()))) {
    return decoder_.fail(CloseCode::invalid_data, "a text message is not UTF-8");
  }
  if (result == Inflater::Result::too_big) {
    return decoder_.fail(CloseCode::too_big, "a message is too long");
  }
  if (result == Inflater::Result::broken) {
    return decoder_.fail(CloseCode::invalid_data, "a compressed message does not inflate");
  }
  return std::nullopt;
}

void MessageReader::forget() noexcept {
  joined_.clear();
  utf8_.reset();
  handed_out_ = false;
}

// `event` is a piece of an incomplete message. Control frames may come in between: a later call
// continues the message.
Event MessageReader::join(Event event, std::span<char>& input) {
  while (event.kind == Kind::data) {
    if (!event.compressed) {
      joined_.append(event.bytes);
    } else if (const auto error = inflate(event)) {
      return *error;
    }
    if (event.last) {
      event.first = true;
      event.compressed = false;
      event.bytes = joined_.view();
      handed_out_ = true;
      break;
    }
    event = decoder_.next(input);
  }
  return event;
}

}  // namespace pintle::ws
