// SPDX-License-Identifier: Apache-2.0
//
// The head of an HTTP/1.1 response and what it says about the body: pure functions.
//
// Poco reads a head from a stream and takes one that was cut off for a whole one, so that half a
// Set-Cookie would pass for a cookie; here a head is parsed when its last line has come.
//
// Threads: any.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <pintle/core/http/headers.h>

namespace pintle::net {

/// Where the head at the front of `bytes` ends, the empty line included; 0 where it has not come
/// yet. `scanned` is the caller's: how far earlier calls have looked.
std::size_t find_head_end(std::string_view bytes, std::size_t& scanned) noexcept;

struct ResponseHead {
  int minor_version = 1;  ///< HTTP/1.x
  int status = 0;
  std::string reason;
  Headers headers;
};

/// Reads a whole head. Throws Error(protocol) that says which line is wrong (RFC 9112 4 and 5),
/// never with a field's value. A line folded in the old way is unfolded, a bare LF ends a line.
ResponseHead parse_response_head(std::string_view head, std::size_t max_fields);

struct BodyFraming {
  enum class Kind { none, fixed, chunked, until_close };
  Kind kind = Kind::none;
  std::uint64_t size = 0;   ///< fixed
  bool keep_alive = false;  ///< The connection may serve another exchange after the body.
};

/// How the body of the answer to a `method` request is delimited (RFC 9112 6.3). Throws
/// Error(protocol) for lengths that disagree and codings that were not asked for.
BodyFraming framing_of(const ResponseHead& head, std::string_view method);

}  // namespace pintle::net
