// SPDX-License-Identifier: Apache-2.0
#include "doctor/time_text.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace pintle::doctor {

std::string span_text(std::int64_t milliseconds) {
  struct Unit {
    std::int64_t seconds;
    std::int64_t below;  // The first duration that has a larger unit. Seconds.
    const char* name;
  };
  constexpr Unit kUnits[] = {{1, 120, " s"}, {60, 120 * 60, " min"}, {3600, 48 * 3600, " h"}};
  const auto seconds = (milliseconds < 0 ? -milliseconds : milliseconds) / 1000;
  for (const auto& unit : kUnits) {
    if (seconds < unit.below) {
      return std::to_string((seconds + unit.seconds / 2) / unit.seconds) + unit.name;
    }
  }
  constexpr std::int64_t kDay = 86400;
  return std::to_string((seconds + kDay / 2) / kDay) + " d";
}

std::string utc_text(std::int64_t unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm utc{};
  std::array<char, 32> text{};
  if (::gmtime_r(&seconds, &utc) == nullptr ||
      std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &utc) == 0) {
    return "an unknown time";
  }
  return text.data();
}

std::string time_text(std::int64_t unix_ms, std::int64_t now_ms) {
  const auto away = unix_ms - now_ms;
  return utc_text(unix_ms) +
         (away < 0 ? " (" + span_text(away) + " ago)" : " (in " + span_text(away) + ")");
}

std::string milliseconds_text(double milliseconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), milliseconds < 9.95 ? "%.1f ms" : "%.0f ms",
                milliseconds);
  return text.data();
}

}  // namespace pintle::doctor
