// SPDX-License-Identifier: Apache-2.0
//
// Dates in cookies and header fields.
//
// Threads: pure functions.

/// @file
/// @snippet reference/http.cpp http_date

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <pintle/core/http/headers.h>

namespace pintle {

/// Parses a date with the lenient algorithm of RFC 6265 5.1.1 and returns Unix milliseconds, or
/// nothing if it is not a date. Accepts every form of RFC 9110 5.6.7 and what servers write in
/// cookies. Always UTC.
std::optional<std::int64_t> parse_http_date(std::string_view text) noexcept;

/// Returns the delay that Retry-After asks for, in milliseconds from the response, at most one day:
/// seconds unchanged, a date relative to the answer's own Date (RFC 9110 10.2.3), so this machine's
/// clock does not matter. Returns nothing if there is none or it says nothing usable.
std::optional<std::int64_t> retry_after_ms(const Headers& headers) noexcept;

}  // namespace pintle
