// SPDX-License-Identifier: Apache-2.0
//
// Dates as cookies and header fields write them.
//
// Threads: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <pintle/core/http/headers.h>

namespace pintle {

/// The time that `text` names, in Unix milliseconds, by the forgiving algorithm of RFC 6265 5.1.1.
/// It reads every form that RFC 9110 5.6.7 knows, and what servers write in cookies. Always UTC.
/// Nothing where it is not a date.
std::optional<std::int64_t> parse_http_date(std::string_view text) noexcept;

/// How long Retry-After asks to wait, in milliseconds from the moment of the answer, never more
/// than a day: seconds as they stand, a date relative to the answer's own Date (RFC 9110 10.2.3),
/// so that this machine's clock plays no part. Nothing where there is none or it says nothing
/// usable.
std::optional<std::int64_t> retry_after_ms(const Headers& headers) noexcept;

}  // namespace pintle
