#include <pintle/core/ws_message.h>

namespace pintle::ws {

MessageReader::MessageReader(Role me, Limits limits, std::optional<DeflateParams> deflate)
    : decoder_(me, limits, deflate.has_value()) {
  if (deflate) inflater_ = std::make_unique<Inflater>(me, *deflate, limits.max_message);
}

Event MessageReader::refuse(CloseCode code, std::string_view rule) noexcept {
  failed_ = {};
  failed_.kind = Kind::error;
  failed_.code = code;
  failed_.bytes = rule;
  return failed_;
}

bool MessageReader::inflate(const Event& piece) {
  const auto before = joined_.size();
  const auto result = inflater_->inflate(piece.bytes, piece.last, joined_);
  // The decoder checked the text of the other messages; this one was not text before. What came
  // before a break is checked first, so that the answer does not depend on how the input was cut.
  const bool ends = piece.last && result == Inflater::Result::ok;
  if (piece.opcode == Opcode::text &&
      (!utf8_.feed(joined_.view().substr(before)) || (ends && !utf8_.is_whole()))) {
    refuse(CloseCode::invalid_data, "a text is not UTF-8");
    return false;
  }
  if (result == Inflater::Result::too_big) {
    refuse(CloseCode::too_big, "a message is too long");
  } else if (result == Inflater::Result::broken) {
    refuse(CloseCode::invalid_data, "a compressed message does not inflate");
  }
  return result == Inflater::Result::ok;
}

Event MessageReader::next(std::span<char>& input) {
  if (failed_.kind == Kind::error) return failed_;
  while (true) {
    auto event = decoder_.next(input);
    if (event.kind != Kind::data) return event;
    if (event.first && event.last && !event.compressed) return event;
    if (event.first) {
      joined_.clear();
      utf8_.reset();
    }
    if (event.compressed) {
      if (!inflate(event)) return failed_;
    } else {
      joined_.append(event.bytes);
    }
    if (!event.last) continue;
    event.first = true;
    event.compressed = false;
    event.bytes = joined_.view();
    return event;
  }
}

}  // namespace pintle::ws
