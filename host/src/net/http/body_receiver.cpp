// SPDX-License-Identifier: Apache-2.0
#include "net/http/body_receiver.h"

namespace pintle::net {

BodyReceiver::BodyReceiver(HttpResponse& response, BodySink* sink, bool decodes,
                           const ExchangeLimits& limits)
    : response_(response), sink_(sink), limits_(limits) {
  const auto encodings = response.headers.all("Content-Encoding");
  if (decodes && !encodings.empty()) {
    decoder_.emplace(encodings);
    if (decoder_->is_identity()) {
      decoder_.reset();
    } else {
      response.headers.remove("Content-Encoding");
      response.headers.remove("Content-Length");
    }
  }
  if (sink_ != nullptr && !sink_->accepts(response)) sink_ = nullptr;
  max_bytes_ = sink_ != nullptr ? limits.sink_bytes : limits.body_bytes;
}

void BodyReceiver::announce(std::uint64_t size) const {
  if (size > max_bytes_) throw too_large();
}

// Counts the sent and the decoded bytes: content may decode to more than was sent, or to nothing.
void BodyReceiver::take(std::string_view piece) {
  received_ += piece.size();
  if (received_ > max_bytes_) throw too_large();
  if (!decoder_) return put(piece);
  decoder_->decode(piece, [this](std::string_view decoded) { put(decoded); });
}

void BodyReceiver::put(std::string_view piece) {
  decoded_ += piece.size();
  if (decoded_ > max_bytes_) throw too_large();
  if (sink_ != nullptr) {
    sink_->write(piece);
  } else {
    response_.body += piece;
  }
}

void BodyReceiver::finish() const {
  if (decoder_) decoder_->finish();
}

Error BodyReceiver::too_large() const {
  return Error(Layer::protocol, "the answer's body is longer than the limit of " +
                                    std::to_string(max_bytes_) + " bytes")
      .with_hint(limits_.body_hint);
}

}  // namespace pintle::net
