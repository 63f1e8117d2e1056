// SPDX-License-Identifier: Apache-2.0
//
// Reads HTTP/1.1 requests from a connection (RFC 9112).
//
// Threads: the connection's.

#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include "practice/server/message.h"
#include "practice/server/wire.h"

namespace pintle::practice {

/// A malformed request; the connection ends after the response.
class BadRequest : public std::runtime_error {
 public:
  BadRequest(int status, const std::string& detail) : std::runtime_error(detail), status_(status) {}
  int status() const noexcept { return status_; }

 private:
  int status_;
};

/// Returns the next request with its whole body, or nothing if the connection ended or was idle for
/// `idle_ms`. The gateway's prefix is not removed from the path yet. Throws BadRequest.
std::optional<Request> read_request(Wire& wire, std::int64_t idle_ms);

}  // namespace pintle::practice
