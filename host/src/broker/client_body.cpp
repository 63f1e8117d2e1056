// SPDX-License-Identifier: Apache-2.0
#include "broker/client_body.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace pintle::broker {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;

}  // namespace

ClientBody::ClientBody(ClientStream& stream, const ClientRequest& request)
    : stream_(stream),
      request_(request),
      left_(request.length),
      decoder_(std::numeric_limits<std::uint64_t>::max()),
      is_complete_(!request.has_body()) {}

std::uint64_t ClientBody::size() const {
  return request_.framing == ClientRequest::Framing::chunked ? kUnknownSize : request_.length;
}

std::string ClientBody::read_all(std::size_t max) {
  std::string body;
  body.resize(static_cast<std::size_t>(std::min<std::uint64_t>(request_.length, max)));
  for (std::size_t at = 0; at < body.size();) {
    at += read({body.data() + at, body.size() - at});
  }
  return body;
}

std::size_t ClientBody::read(std::span<char> buffer) {
  if (is_complete_) return 0;
  if (!std::exchange(has_begun_, true) && request_.expects_continue) {
    stream_.write("HTTP/1.1 100 Continue\r\n\r\n");
  }
  return request_.framing == ClientRequest::Framing::chunked ? read_chunked(buffer)
                                                             : read_fixed(buffer);
}

std::size_t ClientBody::read_fixed(std::span<char> buffer) {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer.size()));
  const auto got = stream_.read_body(buffer.data(), wanted);
  left_ -= got;
  is_complete_ = left_ == 0;
  return got;
}

std::size_t ClientBody::read_chunked(std::span<char> buffer) {
  for (;;) {
    std::string_view input = std::string_view(undecoded_).substr(decoded_);
    // At most what fits: a piece is never larger than its input.
    auto some = input.substr(0, buffer.size());
    const auto before = some.size();
    const auto step = decoder_.next(some);
    decoded_ += before - some.size();
    switch (step.kind) {
      case ChunkedDecoder::Kind::body:
        step.bytes.copy(buffer.data(), step.bytes.size());
        return step.bytes.size();
      case ChunkedDecoder::Kind::finished:
        is_complete_ = true;
        // What follows is the next request.
        stream_.received().insert(0, undecoded_, decoded_);
        undecoded_ = {};
        decoded_ = 0;
        return 0;
      case ChunkedDecoder::Kind::malformed:
        throw RequestFault(400, "the request's chunked body is invalid");
      case ChunkedDecoder::Kind::need_more:
        break;
    }
    if (decoded_ < undecoded_.size()) continue;
    undecoded_.resize(kReadSize);
    undecoded_.resize(stream_.read_body(undecoded_.data(), kReadSize));
    decoded_ = 0;
  }
}

}  // namespace pintle::broker
