// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <pintle/core/http/http_chunked.h>

namespace pintle {
namespace {

constexpr std::size_t kMaxSkipped = 16 * 1024;

constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The characters allowed in a skipped line (RFC 9110 5.5). Not a bare CR or LF: two readers that
// disagree on where a line ends disagree on where a response ends.
constexpr bool may_stand_in_line(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

bool ChunkedDecoder::refuse(std::string_view rule) noexcept {
  state_ = State::malformed;
  rule_ = rule;
  return false;
}

bool ChunkedDecoder::take_digit(char c) noexcept {
  // The limit is checked with each digit, so the size cannot overflow.
  const auto digit = static_cast<std::uint64_t>(hex_value(c));
  const auto remaining = max_body_ - announced_;
  if (digit > remaining || chunk_ > (remaining - digit) / 16) return refuse("the body is too long");
  chunk_ = chunk_ * 16 + digit;
  // Leading zeros count as well: no honest server sends a line of them.
  if (++skipped_ > 16) return refuse("a chunk's size has more than 16 digits");
  state_ = State::size;
  return true;
}

bool ChunkedDecoder::end_of_size() noexcept {
  skipped_ = 0;
  announced_ += chunk_;
  state_ = chunk_ == 0 ? State::trailer_first : State::data;
  return true;
}

bool ChunkedDecoder::take_size(char c) noexcept {
  if (hex_value(c) >= 0) return take_digit(c);
  if (c == '\r') {
    state_ = State::size_lf;
    return true;
  }
  if (c != ';' && c != ' ' && c != '\t') return refuse("a chunk's size is not hex");
  skipped_ = 0;
  // BWS is allowed before the ";" of an extension and nowhere else (RFC 9112 7.1.1).
  state_ = c == ';' ? State::extension : State::size_space;
  return true;
}

bool ChunkedDecoder::take_size_space(char c) noexcept {
  if (c == ';') {
    state_ = State::extension;
  } else if (c != ' ' && c != '\t') {
    return refuse("a chunk's size is followed by a space but no extension");
  }
  if (++skipped_ > kMaxSkipped) return refuse("a chunk's extension is too long");
  return true;
}

bool ChunkedDecoder::take_extension(char c) noexcept {
  if (c == '\r') {
    state_ = State::size_lf;
    return true;
  }
  if (!may_stand_in_line(c)) return refuse("a chunk's extension contains a control character");
  if (++skipped_ > kMaxSkipped) return refuse("a chunk's extension is too long");
  return true;
}

bool ChunkedDecoder::take_trailer(char c) noexcept {
  if (c == '\r') {
    state_ = state_ == State::trailer_first ? State::end_lf : State::trailer_lf;
    return true;
  }
  state_ = State::trailer;
  if (!may_stand_in_line(c)) return refuse("a trailer contains a control character");
  if (++skipped_ > kMaxSkipped) return refuse("the trailers are too long");
  return true;
}

bool ChunkedDecoder::expect(char wanted, char c, State next, std::string_view rule) noexcept {
  if (c != wanted) return refuse(rule);
  state_ = next;
  return true;
}

// Consumes one byte outside of the body. Returns false if it breaks a rule.
bool ChunkedDecoder::take(char c) noexcept {
  switch (state_) {
    case State::size_first:
      if (hex_value(c) < 0) return refuse("a chunk does not start with its size in hex");
      return take_digit(c);
    case State::size:
      return take_size(c);
    case State::size_space:
      return take_size_space(c);
    case State::extension:
      return take_extension(c);
    case State::size_lf:
      if (c != '\n') return refuse("a chunk's size does not end with CR LF");
      return end_of_size();
    case State::data_cr:
      return expect('\r', c, State::data_lf, "a chunk is longer than its size");
    case State::data_lf:
      return expect('\n', c, State::size_first, "a chunk does not end with CR LF");
    case State::trailer_first:
    case State::trailer:
      return take_trailer(c);
    case State::trailer_lf:
      return expect('\n', c, State::trailer_first, "a trailer does not end with CR LF");
    case State::end_lf:
      return expect('\n', c, State::finished, "the last chunk does not end with CR LF");
    case State::data:
    case State::finished:
    case State::malformed:
      break;
  }
  return false;
}

ChunkedDecoder::Step ChunkedDecoder::next(std::string_view& input) noexcept {
  while (true) {
    if (state_ == State::finished) return {Kind::finished, {}};
    if (state_ == State::malformed) return {Kind::malformed, rule_};
    if (input.empty()) return {};
    if (state_ == State::data) {
      const auto piece = input.substr(0, std::min<std::uint64_t>(chunk_, input.size()));
      input.remove_prefix(piece.size());
      chunk_ -= piece.size();
      if (chunk_ == 0) state_ = State::data_cr;
      return {Kind::body, piece};
    }
    const char c = input.front();
    input.remove_prefix(1);
    take(c);
  }
}

}  // namespace pintle
