// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include <pintle/core/base/error.h>
#include <pintle/core/text/utf8.h>
#include <pintle/core/ws/ws_encode.h>
#include <pintle/core/ws/ws_frame.h>

namespace pintle::ws {
namespace {

constexpr std::uint8_t byte_at(const char* data, std::size_t i) noexcept {
  return static_cast<std::uint8_t>(data[i]);
}

constexpr std::size_t header_size(std::uint8_t second) noexcept {
  const unsigned length = second & 0x7fu;
  return 2u + (length == 126 ? 2u : length == 127 ? 8u : 0u) + ((second & 0x80u) ? 4u : 0u);
}

std::uint64_t big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = (value << 8) | static_cast<std::uint8_t>(byte);
  return value;
}

std::span<char> take(std::span<char>& input, std::size_t size) noexcept {
  const auto front = input.first(size);
  input = input.subspan(size);
  return front;
}

constexpr bool begins_message(Opcode opcode) noexcept {
  return opcode == Opcode::text || opcode == Opcode::binary;
}

std::string_view view(std::span<const char> bytes) noexcept { return {bytes.data(), bytes.size()}; }

}  // namespace

FrameDecoder::FrameDecoder(Role me, Limits limits, bool deflate)
    : me_(me), deflate_(deflate), max_message_(limits.max_message) {
  if (limits.max_message > kMaxMessageBytes) {
    throw Error(Layer::config,
                "invalid limit of a WebSocket message: " + std::to_string(limits.max_message) +
                    " bytes; the maximum is " + std::to_string(kMaxMessageBytes));
  }
}

Event FrameDecoder::fail(CloseCode code, std::string_view rule) noexcept {
  state_ = State::failed;
  error_code_ = code;
  error_rule_ = rule;
  Event event;
  event.kind = Kind::error;
  event.code = code;
  event.bytes = rule;
  return event;
}

// Returns true if a header is complete and valid; the frame's fields are then set.
bool FrameDecoder::read_header(std::span<char>& input) noexcept {
  if (head_have_ == 0 && input.size() >= 2) {
    const auto size = header_size(byte_at(input.data(), 1));
    if (input.size() >= size) return begin_frame(take(input, size).data());
  }
  while (!input.empty()) {
    head_[head_have_++] = take(input, 1)[0];
    if (head_have_ >= 2 && head_have_ == header_size(byte_at(head_.data(), 1))) {
      head_have_ = 0;
      return begin_frame(head_.data());
    }
  }
  return false;
}

// Returns the rule that the first two bytes of a header break; empty if none.
std::string_view FrameDecoder::header_fault(std::uint8_t first,
                                            std::uint8_t second) const noexcept {
  const bool masked = (second & 0x80) != 0;
  const unsigned number = first & 0x0fu;
  if (masked && me_ == Role::client) return "a server's frame is masked";
  if (!masked && me_ == Role::server) return "a client's frame is not masked";
  if ((number > 0x2 && number < 0x8) || number > 0xa) return "the opcode is reserved";
  // RFC 7692 6.1: only a message's first frame carries the bit.
  const bool rsv1 = (first & 0x40) != 0;
  if ((first & 0x30) != 0 || (rsv1 && !(deflate_ && begins_message(opcode_)))) {
    return "a reserved bit is set";
  }
  if (is_control(opcode_)) {
    if (!fin_) return "a control frame is fragmented";
    if ((second & 0x7fu) > kMaxControlBytes) return "a control frame is too long";
  } else if (begins_message(opcode_)) {
    if (in_message_) return "a message starts within another";
  } else if (!in_message_) {
    return "a continuation frame belongs to no message";
  }
  return {};
}

bool FrameDecoder::begin_frame(const char* head) noexcept {
  const auto refuse = [this](std::string_view rule) {
    fail(CloseCode::protocol_error, rule);
    return false;
  };
  const auto first = byte_at(head, 0);
  const auto second = byte_at(head, 1);
  fin_ = (first & 0x80) != 0;
  opcode_ = static_cast<Opcode>(first & 0x0f);
  if (const auto rule = header_fault(first, second); !rule.empty()) return refuse(rule);

  std::uint64_t length = second & 0x7fu;
  if (length == 126) {
    length = big_endian({head + 2, 2});
    if (length < 126) return refuse("a length is not in its shortest form");
  } else if (length == 127) {
    length = big_endian({head + 2, 8});
    if (length >> 63) return refuse("a length has its highest bit set");
    if (length <= 0xffff) return refuse("a length is not in its shortest form");
  }
  if ((second & 0x80) != 0) {
    const auto* key = head + header_size(second) - key_.size();
    for (std::size_t i = 0; i < key_.size(); ++i) key_[i] = byte_at(key, i);
  }
  return begin_payload(length, (first & 0x40) != 0);
}

bool FrameDecoder::begin_payload(std::uint64_t length, bool compressed) noexcept {
  left_ = length;
  done_ = 0;
  if (is_control(opcode_)) {
    state_ = State::control;
    control_have_ = 0;
    return true;
  }
  if (begins_message(opcode_)) {
    in_message_ = true;
    first_pending_ = true;
    message_ = opcode_;
    compressed_ = compressed;
    announced_ = 0;
    empty_frames_ = 0;
    utf8_.reset();
  }
  // Bytes that deflate cannot make smaller grow by 5 in every stored block.
  const auto max_length = compressed_ ? max_message_ + max_message_ / 256 + 64 : max_message_;
  if (length > max_length - announced_) {
    fail(CloseCode::too_big, "a message is too long");
    return false;
  }
  if (length == 0 && ++empty_frames_ > kMaxEmptyFrames) {
    fail(CloseCode::policy, "a message has too many empty frames");
    return false;
  }
  announced_ += length;
  state_ = State::data;
  return true;
}

// Nearly every frame of a live connection is a whole, plain message complete in the input. It does
// not change the decoder's state. Returns false, and changes nothing, if the frame is any other or
// breaks a rule.
bool FrameDecoder::take_whole_message(std::span<char>& input, Event& event) noexcept {
  constexpr std::size_t kMaxHead = 8;  // Two bytes, two of length, four of key.
  if (state_ != State::header || head_have_ != 0 || in_message_ || input.size() < kMaxHead) {
    return false;
  }
  char* const data = input.data();
  const auto first = byte_at(data, 0);
  if (first != 0x81 && first != 0x82) return false;
  const unsigned second = byte_at(data, 1);
  const bool masked = me_ == Role::server;
  // Less than 126 once the right mask bit is taken off, or 126 and a length in two bytes.
  std::size_t length = second ^ (masked ? 0x80u : 0u);
  std::size_t head = 2;
  if (length == 126) {
    length = (std::size_t{byte_at(data, 2)} << 8) | byte_at(data, 3);
    if (length < 126) return false;
    head = 4;
  } else if (length > 126) {
    return false;
  }
  const char* const key = data + head;
  if (masked) head += 4;
  if (length > input.size() - head || length > max_message_) return false;
  const auto payload = input.subspan(head, length);
  if (masked) {
    apply_mask(payload, {byte_at(key, 0), byte_at(key, 1), byte_at(key, 2), byte_at(key, 3)});
  }
  input = input.subspan(head + length);
  event.kind = Kind::data;
  event.opcode = static_cast<Opcode>(first & 0x0f);
  event.first = true;
  event.last = true;
  event.bytes = view(payload);
  if (first == 0x82) return true;
  Utf8Stream text;
  if (!text.feed(event.bytes) || !text.is_whole()) {
    event = fail(CloseCode::invalid_data, "a text message is not UTF-8");
  }
  return true;
}

Event FrameDecoder::next(std::span<char>& input) noexcept {
  Event event;
  if (!take_whole_message(input, event)) event = take_next(input);
  return event;
}

Event FrameDecoder::take_next(std::span<char>& input) noexcept {
  while (true) {
    switch (state_) {
      case State::header:
        if (!read_header(input) && state_ != State::failed) return {};
        break;
      case State::control:
        return take_control(input);
      case State::closed:
        input = {};
        return {};
      case State::failed:
        return fail(error_code_, error_rule_);
      case State::data:
        Event event;
        if (take_data(input, event)) return event;
        break;
    }
  }
}

// Returns false, without an event, after an empty frame that does not end its message.
bool FrameDecoder::take_data(std::span<char>& input, Event& event) noexcept {
  if (left_ != 0 && input.empty()) return true;
  const auto piece = take(input, std::min<std::uint64_t>(left_, input.size()));
  if (me_ == Role::server) apply_mask(piece, key_, done_ % 4);
  left_ -= piece.size();
  done_ += piece.size();
  const bool last = fin_ && left_ == 0;
  if (message_ == Opcode::text && !compressed_) {
    if (!utf8_.feed(view(piece)) || (last && !utf8_.is_whole())) {
      event = fail(CloseCode::invalid_data, "a text message is not UTF-8");
      return true;
    }
  }
  if (left_ == 0) state_ = State::header;
  if (last) in_message_ = false;
  if (piece.empty() && !last) return false;
  event.kind = Kind::data;
  event.opcode = message_;
  event.first = first_pending_;
  event.last = last;
  event.compressed = compressed_;
  event.bytes = view(piece);
  first_pending_ = false;
  return true;
}

Event FrameDecoder::take_control(std::span<char>& input) noexcept {
  const auto piece = take(input, std::min<std::uint64_t>(left_, input.size()));
  if (me_ == Role::server) apply_mask(piece, key_, done_ % 4);
  left_ -= piece.size();
  done_ += piece.size();
  std::string_view payload = view(piece);
  if (left_ != 0 || control_have_ != 0) {
    std::copy(piece.begin(), piece.end(), control_.begin() + control_have_);
    control_have_ = static_cast<std::uint8_t>(control_have_ + piece.size());
    if (left_ != 0) return {};
    payload = {control_.data(), control_have_};
  }
  state_ = State::header;
  if (opcode_ == Opcode::close) return close_event(payload);
  Event event;
  event.kind = opcode_ == Opcode::ping ? Kind::ping : Kind::pong;
  event.opcode = opcode_;
  event.bytes = payload;
  return event;
}

Event FrameDecoder::close_event(std::string_view payload) noexcept {
  Event event;
  event.kind = Kind::close;
  event.opcode = Opcode::close;
  if (payload.size() == 1) {
    return fail(CloseCode::protocol_error, "a close frame has only half a code");
  }
  if (!payload.empty()) {
    event.code = static_cast<CloseCode>(big_endian(payload.substr(0, 2)));
    event.bytes = payload.substr(2);
    if (!may_be_sent(event.code)) {
      return fail(CloseCode::protocol_error, "a close frame has a code that must not be sent");
    }
    if (!is_valid_utf8(event.bytes)) {
      return fail(CloseCode::invalid_data, "the reason of a close frame is not UTF-8");
    }
  }
  state_ = State::closed;
  return event;
}

}  // namespace pintle::ws
