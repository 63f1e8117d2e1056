// SPDX-License-Identifier: Apache-2.0
//
// Parses the head of a local client's request, strictly: what two programs could read in two ways
// is refused, so that no request can hide in another (RFC 9112 11.2).
//
// Threads: pure functions.

#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include <pintle/core/http/headers.h>

namespace pintle::broker {

inline constexpr std::size_t kMaxHeadBytes = 64 * 1024;
inline constexpr std::size_t kMaxHeadFields = 128;

struct ClientRequest {
  enum class Framing : std::uint8_t { none, fixed, chunked };

  std::string method;
  std::string target;  ///< A path with its query, whatever form was received.
  int minor_version = 1;
  Headers headers;
  Framing framing = Framing::none;
  std::uint64_t length = 0;  ///< fixed
  bool keep_alive = false;
  bool expects_continue = false;  ///< Waits for a 100 before it sends its body.
  bool is_upgrade = false;        ///< To a WebSocket.

  bool has_body() const noexcept {
    return framing == Framing::chunked || (framing == Framing::fixed && length > 0);
  }
};

/// A request that is refused because of its form: it is answered with `status`, and the connection
/// is closed, as where the next request begins is unknown.
class RequestFault : public std::exception {
 public:
  RequestFault(int status, const char* detail) : status_(status), detail_(detail) {}
  int status() const noexcept { return status_; }
  const char* what() const noexcept override { return detail_; }

 private:
  int status_;
  const char* detail_;  // a constant text
};

/// Returns the size of the head at the front of `bytes`, with its empty line; 0 if it is
/// incomplete. `scanned` is how far earlier calls have looked; the caller keeps it. Throws
/// RequestFault(431) if it is too long, RequestFault(400) if what begins there is no HTTP/1.
std::size_t find_request_end(std::string_view bytes, std::size_t& scanned);

/// Parses a complete head. Throws RequestFault.
ClientRequest parse_request(std::string_view head);

}  // namespace pintle::broker
