// SPDX-License-Identifier: Apache-2.0
//
// Writes one response to a local client, each piece of its body as it comes.
//
// Threads: one at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <pintle/core/http/headers.h>

#include "broker/client_body.h"
#include "broker/client_request.h"
#include "broker/client_stream.h"
#include "broker/forwarding.h"
#include "connection/relay.h"

namespace pintle::broker {

class ClientResponse final : public RelaySink {
 public:
  /// All must outlive this.
  ClientResponse(ClientStream& stream, const ClientRequest& request, Forwarding& forwarding)
      : stream_(stream), request_(request), forwarding_(forwarding) {}

  /// The gateway's response. Its functions throw ClientGone.
  void begin(const HttpResponse& head) override;
  void write(std::string_view piece) override;
  /// Ends its body.
  void finish();

  /// Writes a whole response of the broker's own, with its Content-Length.
  void write_own(const HttpResponse& response);

  /// Adds a field to the head, which has not begun.
  void add_field(std::string_view name, std::string_view value) { extra_.add(name, value); }
  /// The connection is closed after this response.
  void close_after() noexcept { keeps_alive_ = false; }
  /// The same if `body`, which must outlive this, is not complete when the response begins: the
  /// gateway has refused it.
  void close_after_refusal_of(const ClientBody& body) noexcept { body_ = &body; }

  bool has_begun() const noexcept { return status_ != 0; }
  /// Only the connection's end tells the client that the body is complete.
  bool ends_with_connection() const noexcept { return framing_ == Framing::until_close; }
  int status() const noexcept { return status_; }
  bool keeps_alive() const noexcept { return keeps_alive_ && request_.keep_alive; }
  std::uint64_t body_bytes() const noexcept { return body_bytes_; }

 private:
  enum class Framing : std::uint8_t { none, fixed, chunked, until_close };

  void begin(const HttpResponse& head, const Headers& fields);
  Framing framing_of(const HttpResponse& head) const;
  void write_head();
  void write_chunk(std::string_view piece);

  ClientStream& stream_;
  const ClientRequest& request_;
  Forwarding& forwarding_;
  Headers extra_;
  std::string head_;  // Not written yet.
  Framing framing_ = Framing::none;
  int status_ = 0;
  bool keeps_alive_ = true;
  const ClientBody* body_ = nullptr;
  std::uint64_t body_bytes_ = 0;
};

/// Returns the head of a response up to its empty line, which is left out.
std::string response_head(const HttpResponse& head, const Headers& fields);
/// Returns a whole response of the broker's own, after which the connection ends.
std::string last_response(const HttpResponse& response);

}  // namespace pintle::broker
