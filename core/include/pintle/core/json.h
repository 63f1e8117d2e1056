// JSON text written by hand, safely.
//
// Threads: pure functions.

#pragma once

#include <string>
#include <string_view>

namespace pintle {

/// `text` as a JSON string, quotes included, control characters, quotes and backslashes escaped
/// (RFC 8259 7). A byte that is not UTF-8 becomes U+FFFD, so that the result is always valid.
std::string json_string(std::string_view text);

}  // namespace pintle
