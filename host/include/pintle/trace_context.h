// SPDX-License-Identifier: Apache-2.0
//
// The trace context of a request: the W3C header `traceparent`, by which the gateway's traces and
// the app's are joined (https://www.w3.org/TR/trace-context/).
//
// Pintle passes on a `traceparent` of the app's as it is, and makes one only if it is asked to
// (HostOptions::trace_context).
//
// Threads: any; the functions have no state.

/// @file
/// @snippet reference/log.cpp trace_context

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pintle {

enum class TraceContext : std::uint8_t {
  none,      ///< Sends what the app provides.
  generate,  ///< A call or a dial without a `traceparent` gets a new one.
};

/// Returns a new value for `traceparent`, with a random trace id and the flag "sampled". Throws
/// Error(config) if the system has no random bytes.
std::string new_traceparent();

/// Returns the trace id of a `traceparent`, 32 hex digits; nothing if it is invalid (section 3.2 of
/// the specification).
std::optional<std::string> trace_id_of(std::string_view traceparent);

}  // namespace pintle
