// SPDX-License-Identifier: Apache-2.0
//
// Dates in cookies and header fields, and Retry-After.

#include <cstdio>
#include <iterator>

#include <pintle/core/http/http_date.h>

#include "fuzz.h"

namespace pintle {
namespace {

using fuzz::require;

// Days to a date, by counting years and months: not by <chrono>, which the parser uses.
std::string imf_fixdate(std::int64_t ms) {
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto seconds = ms / 1000 + 11'644'473'600;  // since 1601
  auto days = seconds / 86400;
  seconds %= 86400;
  int year = 1601;
  const auto is_leap = [&] { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; };
  for (; days >= (is_leap() ? 366 : 365); ++year) days -= is_leap() ? 366 : 365;
  std::size_t month = 0;
  const int lengths[] = {31, is_leap() ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  while (days >= lengths[month]) days -= lengths[month++];
  char text[64];
  std::snprintf(text, sizeof text, "Day, %02d %s %04d %02d:%02d:%02d GMT",
                static_cast<int>(days) + 1, kMonths[month], year, static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  return text;
}

void check(std::string_view bytes) {
  fuzz::Input input(bytes);
  const auto text = input.line();
  const auto time = parse_http_date(fuzz::Block(text).view());
  if (time) {
    require(*time >= -11'644'473'600'000, "no date is before 1601 (RFC 6265 5.1.1)", text);
    require(*time % 1000 == 0, "a date has whole seconds", text);
    const auto again = imf_fixdate(*time);
    require(parse_http_date(again) == time, "a date written anew is the same time", text, again);
  }
  std::string spaced(text);
  for (char& c : spaced) {
    if (std::string_view("\t,-/()<=>?@[]{}~\"'_").find(c) != std::string_view::npos) c = ' ';
  }
  require(parse_http_date(spaced) == time, "all delimiters are alike", text, spaced);

  const auto headers = input.headers();
  const auto wait_ms = retry_after_ms(headers);
  require(!wait_ms || (*wait_ms >= 0 && *wait_ms <= 86'400'000), "a wait is at most a day");
  require(!wait_ms || headers.has("Retry-After"), "a wait is one that was asked for");
}

fuzz::Target target() {
  return {check,
          {"Sun, 06 Nov 1994 08:49:37 GMT\nRetry-After: 120\n",
           "Sunday, 06-Nov-94 08:49:37 GMT\nRetry-After: Sun, 06 Nov 1994 08:50:37 GMT\nDate: Sun, "
           "06 Nov 1994 08:49:37 GMT\n",
           "Sun Nov  6 08:49:37 1994\nRetry-After: 99999999999999999999\n",
           "29 Feb 2000 23:59:59\n", "31 Dec 9999 0:0:0", "1 January 1601 00:00:00 UTC",
           "Thu, 01-Jan-70 00:00:00 GMT", "24:00:00 1 1 feb 69"},
          {"Jan", "feb", "Dec", "00:00:00", "23:59:60", "1600", "1601", "69", "70", "9999", " GMT",
           "Retry-After: ", "Date: ", "\n"}};
}

}  // namespace
}  // namespace pintle

PINTLE_FUZZ_TARGET(HttpDateFuzz, ADateWrittenAnewIsTheSameTime, pintle::target())
