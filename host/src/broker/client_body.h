// SPDX-License-Identifier: Apache-2.0
//
// The body of a local client's request, read while it is sent to the gateway.
//
// Threads: one at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <pintle/core/http/http_body.h>
#include <pintle/core/http/http_chunked.h>

#include "broker/client_request.h"
#include "broker/client_stream.h"

namespace pintle::broker {

class ClientBody final : public BodySource {
 public:
  /// Both must outlive this.
  ClientBody(ClientStream& stream, const ClientRequest& request);

  /// Reads the whole body, of at most `max` bytes.
  std::string read_all(std::size_t max);

  std::uint64_t size() const override;
  /// These throw ClientGone, and RequestFault(400) if its chunks are invalid.
  std::size_t read(std::span<char> buffer) override;
  bool wait(int peer) override;
  /// Only while nothing was read.
  bool rewind() override { return !has_begun_; }

  /// Returns true if all of it was read: the next bytes are the next request.
  bool is_complete() const noexcept { return is_complete_; }

 private:
  void ask();
  std::size_t read_fixed(std::span<char> buffer);
  std::size_t read_chunked(std::span<char> buffer);
  bool decode();
  void receive_chunks();

  ClientStream& stream_;
  const ClientRequest& request_;
  std::uint64_t left_;  // fixed
  ChunkedDecoder decoder_;
  std::unique_ptr<char[]> input_;  // Of chunks, as received.
  std::string_view undecoded_;     // Within `input_`.
  std::string_view decoded_;       // Within `input_`: of the body, and not read yet.
  bool has_asked_ = false;         // For the body, with a 100.
  bool has_begun_ = false;
  bool is_complete_;
};

}  // namespace pintle::broker
