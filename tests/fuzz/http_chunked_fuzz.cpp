// SPDX-License-Identifier: Apache-2.0
//
// A chunked body, compared with a second decoder that has all of it at once.

#include <algorithm>
#include <optional>

#include <pintle/core/http/http_chunked.h>

#include "fuzz.h"

namespace pintle {
namespace {

using fuzz::require;
using fuzz::require_same;
using Kind = ChunkedDecoder::Kind;

constexpr std::uint64_t kMaxBody = 4096;
constexpr std::size_t kMaxSkipped = 16 * 1024;

struct Outcome {
  Kind kind = Kind::need_more;
  std::string body;
  std::size_t left = 0;  // After a complete body.
};

std::string text_of(const Outcome& outcome) {
  return std::to_string(static_cast<int>(outcome.kind)) + " " + std::to_string(outcome.left) + " " +
         outcome.body;
}

Outcome decoded(std::string_view bytes, std::size_t piece) {
  ChunkedDecoder decoder(kMaxBody);
  Outcome outcome;
  while (!bytes.empty()) {
    const fuzz::Block block(bytes.substr(0, piece));
    bytes.remove_prefix(block.view().size());
    auto input = block.view();
    while (true) {
      const auto step = decoder.next(input);
      outcome.kind = step.kind;
      if (step.kind == Kind::body) {
        outcome.body += step.bytes;
        continue;
      }
      if (step.kind == Kind::malformed) require(!step.bytes.empty(), "a fault has a reason");
      if (step.kind == Kind::finished) outcome.left = bytes.size() + input.size();
      if (step.kind != Kind::need_more) return outcome;
      break;
    }
    require(input.empty(), "all of a piece is taken");
  }
  require(outcome.body.size() <= decoder.announced() && decoder.announced() <= kMaxBody,
          "a body is not longer than the limit");
  return outcome;
}

bool may_stand_in_line(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

// Takes a line that ends with CR LF; nothing if there is none yet. `broken` if it cannot become
// one.
std::optional<std::string_view> take_line(std::string_view& rest, bool& broken) {
  const auto end = static_cast<std::size_t>(
      std::find_if_not(rest.begin(), rest.end(), may_stand_in_line) - rest.begin());
  const auto behind = rest.substr(end);
  broken = !behind.empty() && !std::string_view("\r\n").starts_with(behind.substr(0, 2));
  if (broken || behind.size() < 2) return std::nullopt;
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return line;
}

// RFC 9112 7.1, by lines.
Outcome expected(std::string_view rest) {
  Outcome outcome;
  const auto ends_as = [&](Kind kind) {
    outcome.kind = kind;
    outcome.left = kind == Kind::finished ? rest.size() : 0;
    return outcome;
  };
  bool broken = false;
  while (true) {
    const auto digits = std::min(rest.find_first_not_of("0123456789abcdefABCDEF"), rest.size());
    if (digits == 0 && !rest.empty()) return ends_as(Kind::malformed);
    std::uint64_t size = 0;
    for (const char c : rest.substr(0, digits)) {
      size = size * 16 + static_cast<std::uint64_t>(std::stoi(std::string(1, c), nullptr, 16));
      if (size > kMaxBody - outcome.body.size()) return ends_as(Kind::malformed);
    }
    if (digits > 16) return ends_as(Kind::malformed);
    auto extension = rest.substr(digits);
    const auto blanks = std::min(extension.find_first_not_of(" \t"), extension.size());
    if (blanks < extension.size() && extension[blanks] != ';' &&
        (blanks > 0 || extension[0] != '\r')) {
      return ends_as(Kind::malformed);
    }
    const auto line = take_line(rest, broken);
    if (broken) return ends_as(Kind::malformed);
    if (!line) return ends_as(Kind::need_more);
    if (size == 0) break;
    const auto piece = rest.substr(0, size);
    outcome.body += piece;
    rest.remove_prefix(piece.size());
    if (piece.size() < size) return ends_as(Kind::need_more);
    if (!std::string_view("\r\n").starts_with(rest.substr(0, 2))) return ends_as(Kind::malformed);
    if (rest.size() < 2) return ends_as(Kind::need_more);
    rest.remove_prefix(2);
  }
  while (true) {
    const auto trailer = take_line(rest, broken);
    if (broken) return ends_as(Kind::malformed);
    if (!trailer) return ends_as(Kind::need_more);
    if (trailer->empty()) return ends_as(Kind::finished);
  }
}

void check(std::string_view bytes) {
  // The limits on skipped bytes have their own tests.
  if (bytes.size() > kMaxSkipped) return;
  const auto whole = text_of(decoded(bytes, bytes.size()));
  require_same(whole, text_of(decoded(bytes, 1)), "a body is the same, whole and byte by byte");
  require_same(whole, text_of(decoded(bytes, 5)), "a body is the same, whole and in pieces");
  auto other = text_of(expected(bytes));
  // A body that is announced as too long and a fault after it end in the same way.
  const auto own = decoded(bytes, bytes.size());
  if (own.kind == Kind::body) other[0] = static_cast<char>('0' + static_cast<int>(Kind::body));
  require_same(whole, other, "two decoders read the same body");
}

fuzz::Target target() {
  return {check,
          {"5\r\nhello\r\n0\r\n\r\n",
           "5;name=\"v\"\r\nhello\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\nHTTP",
           "1 \t;x\r\na\r\n00\r\n\r\n", "fff\r\n", "1001\r\n", "0000000000000001\r\na\r\n",
           "00000000000000001\r\n", "1\na\n0\n\n", "1\r\nab\r\n", "0\r\na\rb\r\n\r\n", "2\r\na",
           "g\r\n"},
          {"0\r\n\r\n", "\r\n", "\r", ";", " ", "ffffffffffffffff", "1000", "0000"}};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(HttpChunkedFuzz, TwoDecodersReadTheSameBody, pintle::target())
