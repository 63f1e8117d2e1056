// SPDX-License-Identifier: Apache-2.0
//
// Parses the head of an HTTP/1.1 response, and how its body is framed.
//
// Poco reads a head from a stream and accepts a truncated one, so that half a Set-Cookie would
// count as a cookie; here a head is parsed once it is complete.
//
// Threads: pure functions.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <pintle/core/http/headers.h>

namespace pintle::net {

/// Returns the size of the head at the front of `bytes`, with its empty line; 0 if it is
/// incomplete. `scanned` is how far earlier calls have looked; the caller keeps it.
std::size_t find_head_end(std::string_view bytes, std::size_t& scanned) noexcept;

/// Removes complete interim answers (1xx, but 101) from the front of `bytes`, and returns true if
/// another answer has begun behind them, which may be incomplete.
bool has_final_answer(std::string& bytes);

struct ResponseHead {
  int minor_version = 1;  ///< HTTP/1.x
  int status = 0;
  std::string reason;
  Headers headers;
};

/// Parses a complete head. Unfolds obsolete line folding, and accepts a bare LF as a line's end.
/// Throws Error(protocol) with the invalid line (RFC 9112 4 and 5), but never a field's value.
ResponseHead parse_response_head(std::string_view head, std::size_t max_fields);

struct BodyFraming {
  enum class Kind { none, fixed, chunked, until_close };
  Kind kind = Kind::none;
  std::uint64_t size = 0;   ///< fixed
  bool keep_alive = false;  ///< The connection may serve another exchange after the body.
};

/// Returns how the body of the answer to a `method` request is delimited (RFC 9112 6.3). Throws
/// Error(protocol) for conflicting lengths and unsupported codings.
BodyFraming framing_of(const ResponseHead& head, std::string_view method);

}  // namespace pintle::net
