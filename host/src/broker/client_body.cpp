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

// The client may wait for this before it sends the body.
void ClientBody::ask() {
  if (!std::exchange(has_asked_, true) && request_.expects_continue) {
    stream_.write("HTTP/1.1 100 Continue\r\n\r\n");
  }
}

bool ClientBody::wait(int peer) {
  if (is_complete_) return true;
  ask();
  if (request_.framing == ClientRequest::Framing::fixed) return stream_.wait_for_body(peer);
  // What was received may be no more than the end of the last chunk.
  while (!decode()) {
    if (!stream_.wait_for_body(peer)) return false;
    receive_chunks();
  }
  return true;
}

std::size_t ClientBody::read(std::span<char> buffer) {
  if (is_complete_) return 0;
  ask();
  has_begun_ = true;
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
  while (!decode()) receive_chunks();
  const auto size = decoded_.copy(buffer.data(), buffer.size());
  decoded_.remove_prefix(size);
  return size;
}

// Returns true if there is a piece of the body, or if the body is complete.
bool ClientBody::decode() {
  while (decoded_.empty() && !is_complete_) {
    const auto step = decoder_.next(undecoded_);
    switch (step.kind) {
      case ChunkedDecoder::Kind::body:
        decoded_ = step.bytes;
        break;
      case ChunkedDecoder::Kind::finished:
        is_complete_ = true;
        // What follows is the next request.
        stream_.received().insert(0, undecoded_);
        break;
      case ChunkedDecoder::Kind::malformed:
        throw RequestFault(400, "the request's chunked body is invalid");
      case ChunkedDecoder::Kind::need_more:
        return false;
    }
  }
  return true;
}

// Only after all that was received before is decoded and read.
void ClientBody::receive_chunks() {
  if (!input_) input_ = std::make_unique_for_overwrite<char[]>(kReadSize);
  undecoded_ = {input_.get(), stream_.read_body(input_.get(), kReadSize)};
}

}  // namespace pintle::broker
