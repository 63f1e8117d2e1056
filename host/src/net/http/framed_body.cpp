// SPDX-License-Identifier: Apache-2.0
#include "net/http/framed_body.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <pintle/core/http/http_chunked.h>

#include "net/http/wiped_text.h"

namespace pintle::net {
namespace {

constexpr auto kAnySize = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Error cut_off_error(const std::string& peer, const std::string& where) {
  return Error(Layer::tcp, peer + " closed the connection " + where)
      .with_retry()
      .with_hint("Try again; if it keeps happening, check the server's log.");
}

void FramedBody::read(const BodyFraming& framing, BodyReceiver& body) {
  switch (framing.kind) {
    case BodyFraming::Kind::none:
      return;
    case BodyFraming::Kind::fixed:
      body.announce(framing.size);
      read_fixed(framing.size, body);
      break;
    case BodyFraming::Kind::chunked:
      read_chunked(body);
      break;
    case BodyFraming::Kind::until_close:
      read_until_close(body);
      break;
  }
  body.finish();
}

void FramedBody::read_fixed(std::uint64_t size, BodyReceiver& body) {
  const auto early = static_cast<std::size_t>(std::min<std::uint64_t>(size, received_.size()));
  body.take(std::string_view(received_).substr(0, early));
  drop_front(received_, early);
  for (auto left = size - early; left > 0;) {
    const auto piece = receive_(left);
    if (piece.empty()) {
      throw cut_off_error(peer_, "after " + std::to_string(size - left) + " of the answer's " +
                                     std::to_string(size) + " bytes");
    }
    body.take(piece);
    left -= piece.size();
  }
}

void FramedBody::read_chunked(BodyReceiver& body) {
  ChunkedDecoder decoder(kAnySize);  // `body` has the limit
  const auto early = std::exchange(received_, {});
  std::string_view input = early;
  for (;;) {
    ChunkedDecoder::Step step;
    while ((step = decoder.next(input)).kind == ChunkedDecoder::Kind::body) body.take(step.bytes);
    body.announce(decoder.announced());
    if (step.kind == ChunkedDecoder::Kind::finished) {
      received_ = input;
      return;
    }
    if (step.kind == ChunkedDecoder::Kind::malformed) {
      throw Error(Layer::protocol,
                  "the answer's chunked body is invalid: " + std::string(step.bytes));
    }
    input = receive_(kAnySize);
    if (input.empty()) throw cut_off_error(peer_, "within the answer's chunked body");
  }
}

void FramedBody::read_until_close(BodyReceiver& body) {
  body.take(std::exchange(received_, {}));
  for (;;) {
    const auto piece = receive_(kAnySize);
    if (piece.empty()) return;
    body.take(piece);
  }
}

}  // namespace pintle::net
