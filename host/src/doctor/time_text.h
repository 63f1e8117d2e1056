// SPDX-License-Identifier: Apache-2.0
//
// Times and durations for display.
//
// Threads: pure functions.

#pragma once

#include <cstdint>
#include <string>

namespace pintle::doctor {

/// Returns a duration in its largest fitting unit: "85 s", "59 min", "3 h", "45 d".
std::string span_text(std::int64_t milliseconds);
/// Returns a Unix time in milliseconds as "2026-11-27 08:00 UTC".
std::string utc_text(std::int64_t unix_ms);
/// Returns it with its distance: "2026-11-27 08:00 UTC (in 3 h)", "… (3 h ago)".
std::string time_text(std::int64_t unix_ms, std::int64_t now_ms);
/// Returns "0.4 ms" below 10 ms, else "12 ms".
std::string milliseconds_text(double milliseconds);

}  // namespace pintle::doctor
